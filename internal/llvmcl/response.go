package llvmcl

import (
	"slices"
	"strings"
)

// expandFiles replaces each @FILE by the arguments in the file. One that cannot be read stays as it is, and so does one inside of itself. Those that are open are already being read.
func expandFiles(args []string, readFile func(string) ([]byte, error), open ...string) (out []string) {
	for _, arg := range args {
		if len(arg) < 2 || arg[0] != '@' || slices.Contains(open, arg) {
			out = append(out, arg)
			continue
		}
		text, err := readFile(arg[1:])
		if err != nil {
			out = append(out, arg)
			continue
		}
		out = append(out, expandFiles(SplitArguments(string(text)), readFile, append(slices.Clip(open), arg)...)...)
	}
	return out
}

// SplitArguments splits a text into arguments as GNU tools do: at blanks, but for those in quotes or behind a backslash.
func SplitArguments(text string) (args []string) {
	var word strings.Builder
	inWord, quote := false, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case strings.IndexByte(" \t\r\n", c) >= 0:
			if inWord {
				args = append(args, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		args = append(args, word.String())
	}
	return args
}
