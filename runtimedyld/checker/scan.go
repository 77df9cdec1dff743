package checker

import (
	"strconv"
	"strings"
)

// rest returns what is left to read of the side.
func (c *check) rest() string { return c.rule[c.pos:c.end] }

// take reads token and the blanks behind it, if it comes next.
func (c *check) take(token string) bool {
	if !strings.HasPrefix(c.rest(), token) {
		return false
	}
	c.pos += len(token)
	c.skipBlanks()
	return true
}

func (c *check) skipBlanks() {
	for c.pos < c.end && strings.IndexByte(blanks, c.rule[c.pos]) >= 0 {
		c.pos++
	}
}

// symbol reads a name, which may be empty, and the blanks behind it.
func (c *check) symbol() string {
	name := symbolToken(c.rest())
	c.take(name)
	return name
}

// until reads all text before one of the bytes in ends, or all that is left, and gives it without the blanks behind it.
func (c *check) until(ends string) string {
	text := c.rest()
	if i := strings.IndexAny(text, ends); i >= 0 {
		text = text[:i]
	}
	c.pos += len(text)
	return strings.TrimRight(text, blanks)
}

// number reads a number, in C's notation, and the blanks behind it.
func (c *check) number() (uint64, error) {
	at := c.pos
	token := numberToken(c.rest())
	if token == "" {
		return 0, c.unexpected(c.pos, "expected number")
	}
	c.take(token)
	n, err := strconv.ParseUint(strings.TrimPrefix(token, "0x"), base(token), 64)
	if err != nil {
		return 0, c.fail(at, "Invalid number '%s': numbers are decimal, hexadecimal behind 0x, or octal behind 0, of at most 64 bits", token)
	}
	return n, nil
}

func base(token string) int {
	if strings.HasPrefix(token, "0x") {
		return 16
	}
	if len(token) > 1 && token[0] == '0' {
		return 8
	}
	return 10
}

// unexpected returns LLVM's error for a token that cannot be where it is. Sub is where the expression begins that was being read.
func (c *check) unexpected(sub int, expected string) error {
	msg := "Encountered unexpected token '" + errorToken(c.rest())
	if sub < c.end {
		msg += "' while parsing subexpression '" + c.rule[sub:c.end]
	}
	msg += "'"
	if expected != "" {
		msg += " " + expected
	}
	return c.fail(c.pos, "%s", msg)
}

// errorToken returns the token with which text begins, as messages show it.
func errorToken(text string) string {
	switch {
	case text == "":
		return ""
	case isLetter(text[0]):
		return symbolToken(text)
	case isDigit(text[0]):
		return numberToken(text)
	case strings.HasPrefix(text, "<<") || strings.HasPrefix(text, ">>"):
		return text[:2]
	}
	return text[:1]
}

func symbolToken(text string) string {
	return prefixOf(text, 0, func(c byte) bool { return isLetter(c) || isDigit(c) || strings.IndexByte(":_.$", c) >= 0 })
}

func numberToken(text string) string {
	if strings.HasPrefix(text, "0x") {
		return prefixOf(text, 2, isHexDigit)
	}
	return prefixOf(text, 0, isDigit)
}

// prefixOf returns text up to the first byte at or behind start that is not in the set.
func prefixOf(text string, start int, in func(byte) bool) string {
	for start < len(text) && in(text[start]) {
		start++
	}
	return text[:start]
}

func isLetter(c byte) bool   { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isHexDigit(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
