/* A second strong definition of a function of strong.o. */
int strong_only(void) { return 4; }
