package wire

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// MaximumInteger is the largest unsigned integer of the data model.
const MaximumInteger = 1<<53 - 1

const (
	maximumNesting = 16

	majorUint  = 0
	majorBytes = 2
	majorText  = 3
	majorArray = 4

	cborNull = 0xf6
)

// AppendCBOR appends the deterministic encoding of a value of the data model: uint64, string, []byte, []any or nil.
func AppendCBOR(out []byte, value any) []byte {
	switch value := value.(type) {
	case nil:
		return append(out, cborNull)
	case uint64:
		return appendHead(out, majorUint, value)
	case []byte:
		return append(appendHead(out, majorBytes, uint64(len(value))), value...)
	case string:
		return append(appendHead(out, majorText, uint64(len(value))), value...)
	case []any:
		out = appendHead(out, majorArray, uint64(len(value)))
		for _, element := range value {
			out = AppendCBOR(out, element)
		}
		return out
	default:
		panic(fmt.Sprintf("wire: %T is not of the data model", value))
	}
}

// CBOR encodes an array of the elements: what is hashed, signed, or given as info or associated data.
func CBOR(elements ...any) []byte {
	return AppendCBOR(nil, elements)
}

func appendHead(out []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(out, major|byte(n))
	case n < 1<<8:
		return append(out, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(out, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(out, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(out, major|27), n)
	}
}

// DecodeCBOR gives the value that the bytes encode. It is false when they are not the deterministic encoding of a value
// of the data model, with nothing after it.
func DecodeCBOR(input []byte) (any, bool) {
	d := decoder{rest: input}
	value, ok := d.value(0)
	return value, ok && len(d.rest) == 0
}

type decoder struct{ rest []byte }

func (d *decoder) value(nesting int) (any, bool) {
	if len(d.rest) == 0 {
		return nil, false
	}
	if d.rest[0] == cborNull {
		d.rest = d.rest[1:]
		return nil, true
	}
	major := d.rest[0] >> 5
	n, ok := d.head()
	if !ok {
		return nil, false
	}
	switch major {
	case majorUint:
		return n, n <= MaximumInteger
	case majorBytes:
		return d.take(n)
	case majorText:
		text, ok := d.take(n)
		return string(text), ok && utf8.Valid(text)
	case majorArray:
		// Each element takes a byte at least.
		if nesting == maximumNesting || n > uint64(len(d.rest)) {
			return nil, false
		}
		list := make([]any, n)
		for i := range list {
			if list[i], ok = d.value(nesting + 1); !ok {
				return nil, false
			}
		}
		return list, true
	default:
		return nil, false
	}
}

// head reads the number that follows the major type, and refuses it in any form but the shortest.
func (d *decoder) head() (uint64, bool) {
	info := d.rest[0] & 31
	d.rest = d.rest[1:]
	if info < 24 {
		return uint64(info), true
	}
	if info > 27 {
		return 0, false
	}
	width := 1 << (info - 24)
	if len(d.rest) < width {
		return 0, false
	}
	var n uint64
	for _, b := range d.rest[:width] {
		n = n<<8 | uint64(b)
	}
	d.rest = d.rest[width:]
	shortest := [...]uint64{24, 1 << 8, 1 << 16, 1 << 32}
	return n, n >= shortest[info-24]
}

func (d *decoder) take(n uint64) ([]byte, bool) {
	if n > uint64(len(d.rest)) {
		return nil, false
	}
	taken := d.rest[:n:n]
	d.rest = d.rest[n:]
	return taken, true
}
