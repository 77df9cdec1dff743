// Package ptrace
package ptrace
