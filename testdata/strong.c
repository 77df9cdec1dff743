/* Strong definitions of what weak.o defines weakly. Together with duplicate.o they are an error. */
int weak_value = 2;
int weak_function(void) { return 2; }
int strong_only(void) { return 3; }
