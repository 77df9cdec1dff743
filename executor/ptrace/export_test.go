package ptrace

// WithStep has a function run before everything that is done with the process, or told its guardian.
func WithStep(step func()) Option { return func(o *options) { o.step = step } }
