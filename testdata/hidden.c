/* Hidden, protected, local and exported symbols of one object; other objects see the last two functions only. */
static int local_state = 5;
__attribute__((visibility("hidden"))) int hidden_state = 6;
__attribute__((visibility("hidden"))) int hidden_function(void) { return hidden_state + local_state; }
__attribute__((visibility("protected"))) int protected_function(void) { return hidden_function() + 1; }
int visible_function(void) { return protected_function() + 1; }
