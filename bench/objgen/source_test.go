package objgen

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// The sources are fixed to the byte: figures of one version of the project compare with those of another, and with what was measured of the
// peers when the sets were first made. The digests are of the texts that the first generator (in Python) wrote.
func TestSourcesAreFixed(t *testing.T) {
	for i, want := range map[int]string{
		0:    "866d6c294f2bfa3ca753d894e633c02f5909c393e35fb73029f55c6cb29ce125",
		1:    "75276a72152f752fa4ba2c1d87678ac26498920b967c0bb2b3842c29cf570259",
		2:    "04879f2f35d11f08bde9775bed4862f1ea6e9e30b1e2d540246df59da30fc525",
		7:    "2d3fc00a7e0bd653090f99b67da3f6ec97ffb5cd7ea816434257685c29a3484c",
		100:  "5e38907889541fac3d9829b0b222ebd9342a02643f15e7d5b19bcaee6798900b",
		4999: "00a9baad49dde67977b3751798c944f8059a38c72af58e72dea8924023db42c1",
	} {
		if got := digest([]byte(manySource(i))); got != want {
			t.Errorf("source of object %d has digest %s, want %s", i, got, want)
		}
	}
	for _, test := range []struct {
		shape bigShape
		want  string
	}{
		{bigText(10), "24add137f7bec8aef984b1b18b65b61aea8a0053f3a3fed331522440b6184cf9"},
		{bigSections(1000), "7f82cca7f59fdb880e1649f745d2a0c02578ced7deeb522484588a856c237d4c"},
	} {
		var h = sha256.New()
		if err := test.shape.writeAsm(h); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != test.want {
			t.Errorf("assembly of %+v has digest %s, want %s", test.shape, got, test.want)
		}
	}
}

func TestMersenneIsPythons(t *testing.T) {
	r := newMersenne(17)
	for i, want := range []int{33, 26, 19, 23, 18, 11} {
		if got := r.below(50); got != want {
			t.Errorf("draw %d below 50 is %d, want %d", i, got, want)
		}
	}
	if got := r.below(80000); got != 70803 {
		t.Errorf("draw below 80000 is %d, want 70803", got)
	}
}
