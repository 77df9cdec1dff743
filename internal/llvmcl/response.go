package llvmcl

import "strings"

// maxFileDepth bounds files of arguments that name files of arguments.
const maxFileDepth = 20

// expandFiles replaces each @FILE by the arguments in the file. One that cannot be read stays as it is, as with other programs.
func expandFiles(args []string, readFile func(string) ([]byte, error)) ([]string, error) {
	return expandNested(args, readFile, maxFileDepth)
}

func expandNested(args []string, readFile func(string) ([]byte, error), depth int) ([]string, error) {
	var out []string
	for _, arg := range args {
		if len(arg) < 2 || arg[0] != '@' {
			out = append(out, arg)
			continue
		}
		text, err := readFile(arg[1:])
		if err != nil {
			out = append(out, arg)
			continue
		}
		if depth == 0 {
			return nil, usagef("%s: files of arguments name each other", arg)
		}
		more, err := expandNested(SplitArguments(string(text)), readFile, depth-1)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
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
