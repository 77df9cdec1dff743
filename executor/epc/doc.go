// Package epc runs linked code in another process, by LLVM's SimpleRemoteEPC protocol: both ends of it.
//
// A [Process] is the controller's end. It drives LLVM's llvm-jitlink-executor and lli-child-target, of versions 14 to 19, and a [Server] of this package:
// [Start] runs one as a child, [Dial] connects to one that listens. It is an executor.Process, and an executor.Memory for memmgr.NewRemote.
//
// A [Server] is the executor's end, which makes this process run code for a controller: a Process, or LLVM's llvm-jitlink and lli.
//
// # The protocol
//
// A message is a header of four little-endian 64-bit words (length with the header, opcode, sequence number, tag) and a payload. The executor speaks first: a
// Setup message tells its target triple, its page size, and the addresses of its services. Then either end calls functions of the other (CallWrapper: the tag is the
// function's address, the payload its serialized arguments) and answers calls with a Result of the same sequence number. Hangup ends it. Arguments and results are packed as
// LLVM's Simple Packed Serialization has it: integers in little-endian order, sequences behind their 64-bit count.
//
// Versions differ in the Setup message (from 17 on there is a map of byte strings before the addresses) and in what a look-up of symbols returns (from 17 on each address has two bytes of
// flags). A Process understands either. A Server sends a Setup message that older controllers read as one list, newer ones as another; each finds services at
// addresses of its own there, by which the server knows whom it talks to.
//
// # Trust
//
// The executor runs what the controller sends: whoever can connect to it owns the process. LLVM's protocol knows no authentication. A Server can ask for a
// token before it says anything ([WithToken]), which LLVM's controllers cannot give. By TCP it listens on request only, on this machine unless told otherwise, and with a token only; for LLVM's controllers, on this machine, without one ([WithoutToken]),
// and then it serves only the same user's processes, where the system tells (Linux), as through unix sockets. Nothing is encrypted: across networks that others can read or write, use a tunnel.
//
// The other way round nothing is trusted: a Process, like a Server, checks all that it receives, holds memory in proportion to what has arrived, bounded by [WithMessageLimit], and every operation ends with its deadline.
package epc
