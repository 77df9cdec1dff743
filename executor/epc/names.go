package epc

// The names of services, as Setup messages have them. A service takes and returns serialized values.
const (
	nameDispatchContext  = "__llvm_orc_SimpleRemoteEPC_dispatch_ctx"
	nameDispatchFunction = "__llvm_orc_SimpleRemoteEPC_dispatch_fn"

	nameLibraries     = "__llvm_orc_SimpleExecutorDylibManager_Instance"
	nameOpenLibrary   = "__llvm_orc_SimpleExecutorDylibManager_open_wrapper"
	nameLookUp        = "__llvm_orc_SimpleExecutorDylibManager_lookup_wrapper"
	nameMemory        = "__llvm_orc_SimpleExecutorMemoryManager_Instance"
	nameReserve       = "__llvm_orc_SimpleExecutorMemoryManager_reserve_wrapper"
	nameFinalize      = "__llvm_orc_SimpleExecutorMemoryManager_finalize_wrapper"
	nameDeallocate    = "__llvm_orc_SimpleExecutorMemoryManager_deallocate_wrapper"
	nameWriteUint8s   = "__llvm_orc_bootstrap_mem_write_uint8s_wrapper"
	nameWriteUint16s  = "__llvm_orc_bootstrap_mem_write_uint16s_wrapper"
	nameWriteUint32s  = "__llvm_orc_bootstrap_mem_write_uint32s_wrapper"
	nameWriteUint64s  = "__llvm_orc_bootstrap_mem_write_uint64s_wrapper"
	nameWriteBuffers  = "__llvm_orc_bootstrap_mem_write_buffers_wrapper"
	nameRunAsMain     = "__llvm_orc_bootstrap_run_as_main_wrapper"
	nameRunAsVoid     = "__llvm_orc_bootstrap_run_as_void_function_wrapper" // from 16 on
	nameRunAsInt      = "__llvm_orc_bootstrap_run_as_int_function_wrapper"  // from 16 on
	nameRegisterEH    = "__llvm_orc_bootstrap_register_ehframe_section_wrapper"
	nameDeregisterEH  = "__llvm_orc_bootstrap_deregister_ehframe_section_wrapper"
	nameRegisterEH2   = "llvm_orc_registerEHFrameSectionWrapper" // found by look-up, and in Setup messages
	nameDeregisterEH2 = "llvm_orc_deregisterEHFrameSectionWrapper"
	nameRegisterGDB   = "llvm_orc_registerJITLoaderGDBWrapper"
	nameActionGDB     = "llvm_orc_registerJITLoaderGDBAllocAction"

	// Ours.
	nameCall          = "gomcjit_call_wrapper"           // Expected<u64>(addr function, seq<u64> arguments)
	nameRead          = "gomcjit_read_wrapper"           // Expected<seq<char>>(addr, u64)
	nameReserveNear   = "gomcjit_reserve_near_wrapper"   // Expected<addr>(u64 size, addr near)
	nameWrite         = "gomcjit_write_wrapper"          // Error(addr, seq<char>)
	namePatch         = "gomcjit_patch_wrapper"          // Error(addr, seq<char>): of finalized memory, while code runs
	nameDeregisterGDB = "gomcjit_deregister_gdb_wrapper" // Error(addr start, addr end)
	nameCrash         = "gomcjit_crash_wrapper"          // the tag of a call of the controller: ()(string signal, bool known, addr fault, addr pc, seq<addr> stack)
)
