// Package guide is the code of docs/guide.md, as tests: what the guide shows is what is run here.
package guide
