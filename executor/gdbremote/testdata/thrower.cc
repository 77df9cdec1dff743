// Throws through its own frames, which the unwinder of the program has to know.
static int thrower(int x) { if (x) throw x; return 0; }
extern "C" int attempt(int x) { try { return thrower(x); } catch (int y) { return y + 1; } }
