package threads

// The table with which the code begins: 32-bit numbers, distances from it.
const (
	tableCode = iota // the end of the code
	tableData        // the end of the data, which begins on the page after the code
	tableHost        // a Host
	tableGetAddr
	tableEmutls
	tableAtExit
	tableEnd
	tableForget
	tableStatic
	tableDescriptor
	tablePlainDescriptor // for processors that lack what tableDescriptor uses
	tableTLV
	tablePlainTLV
)

// descriptionSize is struct variable of the code: size, align, index, image, filled.
const descriptionSize = 5 * 8
