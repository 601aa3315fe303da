// Package wire has deterministic CBOR, and wire types as Go types.
//
// A wire type is a struct; its fields stand in the order of the specification. The tag `wire` has a field's name in JSON.
// Constraints are ranges "minimum..maximum" ("n" alone is "n..n"):
//
//	range   of an unsigned integer (uint64); 0 to 2^53 - 1 without it
//	size    of a byte string ([]byte or Bytes); fixed for byte arrays such as ID and Key
//	text    of the length of a printable text (string)
//	count   of a list (slice); several with commas, for lists in lists; "0..4294967295" without it
//
// They hold of a field's elements when it is a list or a table. A pointer is what may be null, a map a table. A message,
// which begins with the number of its kind, has a blank field that is tagged with its kind and name:
//
//	_ struct{} `kind:"0" name:"create"`
//
// An interface is one of several messages, declared by RegisterUnion. Messages are kept in it by value.
package wire

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// MaximumLength is that of a message, in bytes (encoding.limit).
const MaximumLength = 1 << 20

// Malformed says that bytes are not a message, by the clause.
type Malformed struct{ Clause, Where string }

func (m Malformed) Error() string { return m.Clause + ": " + m.Where }

// Encode gives the bytes of a value of a wire type. It does not look at constraints: they are those of the caller.
func Encode(value any) []byte {
	return AppendCBOR(nil, Fields(value))
}

// Fields gives the value in the data model: of a message or record an array.
func Fields(value any) any {
	return toCBOR(reflect.ValueOf(value))
}

// Decode gives the value that the bytes stand for, or Malformed.
func Decode[T any](input []byte) (T, error) {
	var value T
	// encoding.decode.1
	if len(input) > MaximumLength {
		return value, Malformed{"encoding.limit", fmt.Sprint(len(input), " bytes")}
	}
	// encoding.decode.2
	decoded, ok := DecodeCBOR(input)
	if !ok {
		return value, Malformed{"encoding.canonical", fmt.Sprint(len(input), " bytes")}
	}
	// encoding.decode.3
	if !fromCBOR(decoded, reflect.ValueOf(&value).Elem(), constraint{}) {
		return value, Malformed{"encoding.shape", fmt.Sprintf("%T", value)}
	}
	return value, nil
}

// FromJSON gives the value of a wire type that parsed JSON (with numbers as uint64) stands for.
func FromJSON[T any](parsed any) (T, bool) {
	var value T
	ok := fromJSON(parsed, reflect.ValueOf(&value).Elem(), constraint{})
	return value, ok
}

// ToJSON gives the form in JSON of a value of a wire type, for encoding/json.
func ToJSON(value any) any {
	return toJSON(reflect.ValueOf(value))
}

// RegisterUnion declares the messages that an interface stands for, told apart by their kinds.
func RegisterUnion[I any](messages ...I) {
	var kinds []reflect.Type
	for _, message := range messages {
		kinds = append(kinds, reflect.TypeOf(message))
	}
	unions.Store(reflect.TypeFor[I](), kinds)
}

var (
	unions  sync.Map // of the messages, by the interface
	layouts sync.Map // of *layout, by the struct
)

type bounds struct{ minimum, maximum uint64 }

func (b bounds) has(n uint64) bool { return n >= b.minimum && n <= b.maximum }

// constraint is what the tags of a field say. A nil constraint is that which holds without a tag.
type constraint struct {
	integer, size, text *bounds
	counts              []bounds
}

func (c constraint) allowsInteger(n uint64) bool {
	return n <= MaximumInteger && (c.integer == nil || c.integer.has(n))
}

func (c constraint) allowsSize(n int) bool { return c.size == nil || c.size.has(uint64(n)) }

func (c constraint) allowsText(text string) bool {
	return c.text == nil || Printable(text, int(c.text.minimum), int(c.text.maximum))
}

func (c constraint) allowsCount(n int) bool { return len(c.counts) == 0 || c.counts[0].has(uint64(n)) }

func (c constraint) ofElements() constraint {
	if len(c.counts) > 0 {
		c.counts = c.counts[1:]
	}
	return c
}

type field struct {
	index      int
	name       string
	constraint constraint
}

type layout struct {
	kind   *uint64
	name   string
	fields []field
}

func layoutOf(t reflect.Type) *layout {
	if known, ok := layouts.Load(t); ok {
		return known.(*layout)
	}
	made := &layout{}
	for i := range t.NumField() {
		f := t.Field(i)
		if kind, ok := f.Tag.Lookup("kind"); ok {
			number := parseBound(kind)
			made.kind, made.name = &number, f.Tag.Get("name")
		}
		if name, ok := f.Tag.Lookup("wire"); ok {
			made.fields = append(made.fields, field{i, name, parseConstraint(f.Tag)})
		}
	}
	layouts.Store(t, made)
	return made
}

func parseConstraint(tag reflect.StructTag) constraint {
	one := func(name string) *bounds {
		text, ok := tag.Lookup(name)
		if !ok {
			return nil
		}
		parsed := parseBounds(text)
		return &parsed
	}
	c := constraint{integer: one("range"), size: one("size"), text: one("text")}
	if counts, ok := tag.Lookup("count"); ok {
		for _, count := range strings.Split(counts, ",") {
			c.counts = append(c.counts, parseBounds(count))
		}
	}
	return c
}

func parseBounds(text string) bounds {
	minimum, maximum, isRange := strings.Cut(text, "..")
	if !isRange {
		maximum = minimum
	}
	return bounds{parseBound(minimum), parseBound(maximum)}
}

func parseBound(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic("wire: a tag that is no number: " + text)
	}
	return n
}

func isBytes(t reflect.Type) bool { return t.Elem().Kind() == reflect.Uint8 }

// sortedKeys are the keys of a table in ascending order, with their form in JSON.
func sortedKeys(table reflect.Value) []reflect.Value {
	keys := table.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(keyText(a), keyText(b)) })
	return keys
}

func keyText(key reflect.Value) string { return toJSON(key).(string) }

func toCBOR(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Uint64:
		return v.Uint()
	case reflect.String:
		return v.String()
	case reflect.Array:
		return arrayBytes(v)
	case reflect.Slice:
		if isBytes(v.Type()) {
			return v.Bytes()
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = toCBOR(v.Index(i))
		}
		return list
	case reflect.Map:
		pairs := make([]any, 0, v.Len())
		for _, key := range sortedKeys(v) {
			pairs = append(pairs, []any{toCBOR(key), toCBOR(v.MapIndex(key))})
		}
		return pairs
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return toCBOR(v.Elem())
	case reflect.Interface:
		return toCBOR(v.Elem())
	case reflect.Struct:
		l := layoutOf(v.Type())
		list := make([]any, 0, len(l.fields)+1)
		if l.kind != nil {
			list = append(list, *l.kind)
		}
		for _, f := range l.fields {
			list = append(list, toCBOR(v.Field(f.index)))
		}
		return list
	default:
		panic("wire: no wire type: " + v.Type().String())
	}
}

func arrayBytes(v reflect.Value) []byte {
	out := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(out), v)
	return out
}

func fromCBOR(value any, into reflect.Value, c constraint) bool {
	switch into.Kind() {
	case reflect.Uint64:
		n, ok := value.(uint64)
		into.SetUint(n)
		return ok && c.allowsInteger(n)
	case reflect.String:
		text, ok := value.(string)
		into.SetString(text)
		return ok && c.allowsText(text)
	case reflect.Array:
		b, ok := value.([]byte)
		return ok && setBytes(into, b, c)
	case reflect.Slice:
		if isBytes(into.Type()) {
			b, ok := value.([]byte)
			return ok && setBytes(into, b, c)
		}
		list, ok := value.([]any)
		return ok && setList(list, into, c, fromCBOR)
	case reflect.Map:
		return tableFromCBOR(value, into, c)
	case reflect.Pointer:
		if value == nil {
			return true
		}
		into.Set(reflect.New(into.Type().Elem()))
		return fromCBOR(value, into.Elem(), c)
	case reflect.Interface:
		return fromUnion(into, func(message reflect.Value) bool { return fromCBOR(value, message, c) })
	case reflect.Struct:
		l := layoutOf(into.Type())
		list, ok := value.([]any)
		if !ok {
			return false
		}
		if l.kind != nil {
			if len(list) == 0 || list[0] != any(*l.kind) {
				return false
			}
			list = list[1:]
		}
		if len(list) != len(l.fields) {
			return false
		}
		for i, f := range l.fields {
			if !fromCBOR(list[i], into.Field(f.index), f.constraint) {
				return false
			}
		}
		return true
	default:
		panic("wire: no wire type: " + into.Type().String())
	}
}

func setBytes(into reflect.Value, b []byte, c constraint) bool {
	if into.Kind() == reflect.Array {
		reflect.Copy(into, reflect.ValueOf(b))
		return len(b) == into.Len()
	}
	into.SetBytes(b)
	return c.allowsSize(len(b))
}

func setList(list []any, into reflect.Value, c constraint, set func(any, reflect.Value, constraint) bool) bool {
	if !c.allowsCount(len(list)) {
		return false
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
	for i, element := range list {
		if !set(element, into.Index(i), c.ofElements()) {
			return false
		}
	}
	return true
}

func tableFromCBOR(value any, into reflect.Value, c constraint) bool {
	pairs, ok := value.([]any)
	if !ok {
		return false
	}
	into.Set(reflect.MakeMap(into.Type()))
	before := ""
	for i, element := range pairs {
		pair, ok := element.([]any)
		if !ok || len(pair) != 2 {
			return false
		}
		key, one := reflect.New(into.Type().Key()).Elem(), reflect.New(into.Type().Elem()).Elem()
		if !fromCBOR(pair[0], key, c) || !fromCBOR(pair[1], one, c) {
			return false
		}
		text := keyText(key)
		if i > 0 && text <= before {
			return false
		}
		before = text
		into.SetMapIndex(key, one)
	}
	return true
}

// fromUnion sets the interface to the first of its messages that can be read.
func fromUnion(into reflect.Value, read func(reflect.Value) bool) bool {
	kinds, ok := unions.Load(into.Type())
	if !ok {
		panic("wire: no union: " + into.Type().String())
	}
	for _, kind := range kinds.([]reflect.Type) {
		message := reflect.New(kind).Elem()
		if read(message) {
			into.Set(message)
			return true
		}
	}
	return false
}
