package objgen

// mersenne is the generator MT19937 (Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8, 1998) seeded and drawn from as Python's
// random.Random does it, which the first version of these object sets was made with: the objects stay the same to the byte.
type mersenne struct {
	state [mtSize]uint32
	next  int
}

const (
	mtSize  = 624
	mtShift = 397
)

// newMersenne seeds by init_by_array with the one 32-bit word seed.
func newMersenne(seed uint32) *mersenne {
	m := &mersenne{next: mtSize}
	s := &m.state
	s[0] = 19650218
	for i := 1; i < mtSize; i++ {
		s[i] = 1812433253*(s[i-1]^s[i-1]>>30) + uint32(i)
	}
	i := 1
	step := func(mix uint32) {
		s[i] = mix
		if i++; i == mtSize {
			s[0] = s[mtSize-1]
			i = 1
		}
	}
	for range mtSize {
		step((s[i] ^ (s[i-1]^s[i-1]>>30)*1664525) + seed)
	}
	for range mtSize - 1 {
		step((s[i] ^ (s[i-1]^s[i-1]>>30)*1566083941) - uint32(i))
	}
	s[0] = 1 << 31
	return m
}

func (m *mersenne) uint32() uint32 {
	if m.next == mtSize {
		m.refill()
	}
	y := m.state[m.next]
	m.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (m *mersenne) refill() {
	s := &m.state
	for i := range s {
		y := s[i]&(1<<31) | s[(i+1)%mtSize]&(1<<31-1)
		s[i] = s[(i+mtShift)%mtSize] ^ y>>1 ^ -(y&1)&0x9908b0df
	}
	m.next = 0
}

// below returns a number from 0 to n-1, by rejection from as many bits as n has. n is positive.
func (m *mersenne) below(n int) int {
	bits := 0
	for n>>bits != 0 {
		bits++
	}
	for {
		if v := int(m.uint32() >> (32 - bits)); v < n {
			return v
		}
	}
}
