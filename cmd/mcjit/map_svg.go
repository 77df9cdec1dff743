package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/gomcjit/gomcjit/memmgr"
)

// The picture wraps each region into rows of equally many bytes, like a page of text. All regions have the same scale, so that areas can
// be compared.

// Measures of the picture, in pixels.
const (
	svgWidth  = 1080
	svgMargin = 28
	svgGutter = 128 // addresses, left of the rows
	svgRow    = 26  // height of a row
	svgGap    = 4   // between rows
	svgChar   = 6.1 // width of a character of a label
	svgBand   = svgWidth - 2*svgMargin - svgGutter
	maxRows   = 40 // of the whole picture, as far as a row a region allows
	minPerRow = 64 // bytes
	tiny      = 1.5
)

// A shade is how sections of a kind look: neighbours from different objects take turns with two fills.
type shade struct{ fills [2]string }

var shades = [memmgr.NumKinds]shade{
	memmgr.Code:   {[2]string{"#2f6db5", "#4b84c4"}},
	memmgr.ROData: {[2]string{"#3f8f63", "#559d76"}},
	memmgr.RWData: {[2]string{"#c46a2b", "#d17f43"}},
}

// An svgWriter draws from top to bottom.
type svgWriter struct {
	b      strings.Builder
	y      int
	perRow uint64 // bytes
}

// writeSVGMap draws the layout as a picture.
func writeSVGMap(w io.Writer, sections []placed) {
	list := regions(sections)
	s := svgWriter{y: svgMargin, perRow: bytesPerRow(list)}
	s.header(sections, list)
	for i := range list {
		s.region(&list[i])
	}
	s.y += svgMargin / 2
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif">
<title>Memory layout</title>
<defs><pattern id="made" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="6" fill="#fff" fill-opacity="0.25"/></pattern></defs>
<style>.m{font-family:'DejaVu Sans Mono',Consolas,monospace;font-size:11px;fill:#5f6873}.l{font-size:11px;fill:#fff}.h{font-size:14px;font-weight:600;fill:#20262d}.n{font-size:12px;fill:#5f6873}</style>
<rect width="100%%" height="100%%" fill="#fff"/>
`, svgWidth, s.y, svgWidth, s.y)
	io.WriteString(w, s.b.String())
	io.WriteString(w, "</svg>\n")
}

// bytesPerRow chooses the scale: a power of two with which the picture has at most maxRows rows, or few more.
func bytesPerRow(list []region) uint64 {
	for per := uint64(minPerRow); ; per *= 2 {
		rows := 0
		for i := range list {
			rows += list[i].rows(per)
		}
		if rows <= max(maxRows, 2*len(list)) {
			return per
		}
	}
}

// rows returns how many rows the region has. The first begins at a multiple of a row's bytes.
func (r *region) rows(per uint64) int {
	return int((r.to()-1)/per - r.from()/per + 1)
}

// text writes one line. The class is one of those in the style.
func (s *svgWriter) text(x float64, y int, class, anchor, text string) {
	fmt.Fprintf(&s.b, `<text x="%.1f" y="%d" class="%s" text-anchor="%s">%s</text>`+"\n", x, y, class, anchor, escape(text))
}

func escape(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text))
	return b.String()
}

// header writes the title, the legend with the proportions of the kinds, and the scale.
func (s *svgWriter) header(sections []placed, list []region) {
	total := totalSize(sections)
	objects := map[int]bool{}
	for _, p := range sections {
		objects[p.number] = true
	}
	fmt.Fprintf(&s.b, `<text x="%d" y="%d" font-size="20" font-weight="600" fill="#20262d">Memory layout</text>`+"\n", svgMargin, s.y+14)
	s.text(svgWidth-svgMargin, s.y+14, "n", "end", fmt.Sprintf("%s in %s of %s · a row is %s",
		byteCount(total), count(len(sections), "section"), count(len(objects), "object"), byteCount(s.perRow)))
	s.y += 30
	s.proportions(sections, total)
	if len(list) == 0 {
		s.text(svgMargin, s.y+14, "n", "start", "nothing is loaded")
		s.y += 20
	}
}

// proportions draws a bar of the kinds, and the legend below it.
func (s *svgWriter) proportions(sections []placed, total uint64) {
	if total == 0 {
		return
	}
	sizes, _ := sizeByKind(sections)
	x := float64(svgMargin)
	for k, size := range sizes {
		w := float64(size) / float64(total) * (svgWidth - 2*svgMargin)
		fmt.Fprintf(&s.b, `<rect x="%.2f" y="%d" width="%.2f" height="10" fill="%s"/>`+"\n", x, s.y, w, shades[k].fills[0])
		x += w
	}
	s.y += 28
	x = svgMargin
	for k, size := range sizes {
		label := fmt.Sprintf("%s  %s  %s, %s", kinds[k].permission, kinds[k].name, byteCount(size), percent(size, total))
		x = s.legend(x, shades[k].fills[0], false, label)
	}
	s.legend(x, "#8a929b", true, "made by the linker")
	s.y += 20
}

// legend draws a colour with its meaning, and returns where the next goes.
func (s *svgWriter) legend(x float64, fill string, hatched bool, label string) float64 {
	fmt.Fprintf(&s.b, `<rect x="%.1f" y="%d" width="12" height="12" rx="2" fill="%s"/>`, x, s.y-10, fill)
	if hatched {
		fmt.Fprintf(&s.b, `<rect x="%.1f" y="%d" width="12" height="12" rx="2" fill="url(#made)"/>`, x, s.y-10)
	}
	s.text(x+18, s.y, "n", "start", label)
	return x + 18 + float64(len(label))*6.9 + 22
}

// region draws one region: a heading, the rows, the addresses beside them.
func (s *svgWriter) region(r *region) {
	s.y += 26
	s.text(svgMargin, s.y, "h", "start", kinds[r.kind].permission+"  "+kinds[r.kind].name)
	s.text(svgWidth-svgMargin, s.y, "m", "end", fmt.Sprintf("%#x – %#x · %s in %s", r.from(), r.to(), byteCount(r.used()), count(len(r.sections), "section")))
	s.y += 10
	first := r.from() / s.perRow
	for i := range r.rows(s.perRow) {
		y := s.y + i*(svgRow+svgGap)
		start := max((first+uint64(i))*s.perRow, r.from())
		s.text(svgMargin+svgGutter-10, y+svgRow/2+4, "m", "end", fmt.Sprintf("%#x", start))
		fmt.Fprintf(&s.b, `<rect x="%d" y="%d" width="%d" height="%d" fill="#eef0f2"/>`+"\n", svgMargin+svgGutter, y, svgBand, svgRow)
	}
	s.sections(r)
	s.y += r.rows(s.perRow) * (svgRow + svgGap)
}

// sections draws the sections of a region. Runs of those that are too small to see are drawn as one.
func (s *svgWriter) sections(r *region) {
	fill := 0
	for i := 0; i < len(r.sections); {
		if i > 0 && r.sections[i].number != r.sections[i-1].number {
			fill = 1 - fill
		}
		n := s.run(r.sections[i:])
		p := &r.sections[i]
		look := look{fill: shades[r.kind].fills[fill], hatched: p.made(), label: shortName(p.object) + " " + p.name, short: p.name}
		look.tip = fmt.Sprintf("%s %s\n%s at %v", p.object, p.label(), byteCount(p.sec.Size), p.sec.Addr)
		if n > 1 {
			part := r.sections[i : i+n]
			look.hatched, look.label, look.short = false, count(n, "section"), fmt.Sprint(n)
			look.tip = fmt.Sprintf("%s, %s, from %v on:\n%s %s to %s %s", look.label, byteCount(totalSize(part)), p.sec.Addr,
				p.object, p.label(), part[n-1].object, part[n-1].label())
		}
		s.block(r, p.from(), r.sections[i+n-1].to(), &look)
		i += n
	}
}

// run returns how many sections at the start of the list are drawn as one: one, or all that follow each other closely and are tiny.
func (s *svgWriter) run(list []placed) int {
	n := 0
	for n < len(list) && s.width(list[n].sec.Size) < tiny && (n == 0 || s.width(list[n].from()-list[n-1].to()) < tiny) {
		n++
	}
	return max(n, 1)
}

func (s *svgWriter) width(bytes uint64) float64 { return float64(bytes) / float64(s.perRow) * svgBand }

// A look is how a block of memory is drawn.
type look struct {
	fill    string
	label   string // what it is called where there is room
	short   string // and where there is less
	tip     string // what a mouse is told
	hatched bool
}

// block draws memory from an address to another: a rectangle in each row. The label is in the first that has room for it.
func (s *svgWriter) block(r *region, from, to uint64, l *look) {
	first := r.from() / s.perRow
	var labelX, labelW float64
	labelY := 0
	fmt.Fprintf(&s.b, "<g><title>%s</title>\n", escape(l.tip))
	for row := from / s.perRow; row <= (to-1)/s.perRow; row++ {
		start, end := max(from, row*s.perRow), min(to, (row+1)*s.perRow)
		x := svgMargin + svgGutter + s.width(start-row*s.perRow)
		y := s.y + int(row-first)*(svgRow+svgGap)
		w := max(s.width(end-start)-0.6, 0.6) // a thin line stays between neighbours
		s.rect(x, y, w, l.fill)
		if l.hatched {
			s.rect(x, y, w, "url(#made)")
		}
		if labelW < labelWidth(l.label) && w > labelW {
			labelX, labelY, labelW = x, y, w
		}
	}
	if label := l.fit(labelW); label != "" {
		s.text(labelX+5, labelY+svgRow/2+4, "l", "start", label)
	}
	s.b.WriteString("</g>\n")
}

func (s *svgWriter) rect(x float64, y int, w float64, fill string) {
	fmt.Fprintf(&s.b, `<rect x="%.2f" y="%d" width="%.2f" height="%d" fill="%s"/>`+"\n", x, y, w, svgRow, fill)
}

// labelWidth returns the width that a label needs.
func labelWidth(label string) float64 { return float64(utf8.RuneCountInString(label))*svgChar + 10 }

// fit returns as much of the label as there is room for, or nothing if too little would be left.
func (l *look) fit(width float64) string {
	for _, label := range []string{l.label, l.short} {
		if labelWidth(label) <= width {
			return label
		}
	}
	n := int((width - 10) / svgChar)
	if n < 5 {
		return ""
	}
	return string([]rune(l.short)[:n-1]) + "…"
}

// shortName returns the file's name without its folder: of "a/libx.a(y.o)" y.o.
func shortName(object string) string {
	if _, member, ok := strings.Cut(object, ".a("); ok {
		return path.Base(strings.TrimSuffix(member, ")"))
	}
	return path.Base(filepath.ToSlash(object))
}
