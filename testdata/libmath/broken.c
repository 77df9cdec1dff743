/* Needs what exists nowhere: whoever loads this member without being asked for it fails. */
long missing_function(long);
long broken(long x) { return missing_function(x); }
