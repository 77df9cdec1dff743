// Package icache makes machine code that has been stored in memory visible to instruction fetch, as a processor must be told before the code runs. On some
// (x86, s390x) there is nothing to do.
package icache
