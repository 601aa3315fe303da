// Package strict reads values of JSON, as package peer has parsed them, into Go values that are no wire types, and refuses
// whatever has another shape: a key too few or too many, a number out of range, null where nothing may be missing.
//
// A struct is an object with exactly its fields, by their json tags; a pointer is a value or null; a byte array is
// lower-case hex; a type with UnmarshalText or UnmarshalStrict reads itself. The tags min and max bound a number or the
// length of a list, and the tag is names the texts that a string may be.
package strict

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// Unmarshaler is implemented by types that read themselves.
type Unmarshaler interface {
	UnmarshalStrict(value any) error
}

// Params reads the parameters of a call, which are the fields of P, by their json tags.
func Params[P any](params *peer.Params) (P, error) {
	var read P
	target := reflect.TypeFor[P]()
	values := make(map[string]any, target.NumField())
	for i := range target.NumField() {
		key := target.Field(i).Tag.Get("json")
		values[key] = params.Any(key)
	}
	if err := params.Done(); err != nil {
		return read, err
	}
	if err := Read(values, &read); err != nil {
		return read, verdict.NoCall{Detail: err.Error()}
	}
	return read, nil
}

// Read reads a value into target, a pointer.
func Read(value, target any) error {
	return read(value, reflect.ValueOf(target).Elem(), "")
}

// Union reads an object into the one of the targets, pointers, that its key "type" names, and gives that.
func Union(value any, targets map[string]any) (any, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("no object")
	}
	name, _ := object["type"].(string)
	target, ok := targets[name]
	if !ok {
		return nil, fmt.Errorf("the type %q", name)
	}
	return target, Read(value, target)
}

func read(value any, target reflect.Value, tag reflect.StructTag) error {
	switch reader := target.Addr().Interface().(type) {
	case Unmarshaler:
		return reader.UnmarshalStrict(value)
	case encoding.TextUnmarshaler:
		text, ok := value.(string)
		if !ok {
			return errors.New("no text")
		}
		return reader.UnmarshalText([]byte(text))
	}
	switch target.Kind() {
	case reflect.Pointer:
		if value == nil {
			target.SetZero()
			return nil
		}
		target.Set(reflect.New(target.Type().Elem()))
		return read(value, target.Elem(), tag)
	case reflect.Struct:
		return readStruct(value, target)
	case reflect.Slice:
		return readSlice(value, target, tag)
	case reflect.Array:
		return readArray(value, target)
	case reflect.String:
		text, ok := value.(string)
		if choices, limited := tag.Lookup("is"); !ok || limited && !slices.Contains(strings.Fields(choices), text) {
			return errors.New("no such text")
		}
		target.SetString(text)
		return nil
	case reflect.Bool:
		flag, ok := value.(bool)
		if !ok {
			return errors.New("neither true nor false")
		}
		target.SetBool(flag)
		return nil
	case reflect.Uint64:
		number, ok := value.(uint64)
		if !ok || !isWithin(number, tag) {
			return errors.New("no such number")
		}
		target.SetUint(number)
		return nil
	default:
		return fmt.Errorf("cannot read a %s", target.Type())
	}
}

func readStruct(value any, target reflect.Value) error {
	object, ok := value.(map[string]any)
	if !ok {
		return errors.New("no object")
	}
	if len(object) != target.NumField() {
		return errors.New("a key too few or too many")
	}
	for i := range target.NumField() {
		field := target.Type().Field(i)
		key := field.Tag.Get("json")
		part, ok := object[key]
		if !ok {
			return fmt.Errorf("no %s", key)
		}
		if err := read(part, target.Field(i), field.Tag); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func readSlice(value any, target reflect.Value, tag reflect.StructTag) error {
	list, ok := value.([]any)
	if !ok || !isWithin(uint64(len(list)), tag) {
		return errors.New("no such list")
	}
	items := reflect.MakeSlice(target.Type(), len(list), len(list))
	for i, item := range list {
		if err := read(item, items.Index(i), ""); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	target.Set(items)
	return nil
}

func readArray(value any, target reflect.Value) error {
	text, _ := value.(string)
	bytes, ok := wire.ParseHex(text)
	if !ok || len(bytes) != target.Len() {
		return errors.New("no lower-case hex of the length")
	}
	reflect.Copy(target, reflect.ValueOf(bytes))
	return nil
}

// isWithin says whether a number is one that the tags min and max allow.
func isWithin(number uint64, tag reflect.StructTag) bool {
	if text, ok := tag.Lookup("min"); ok {
		if minimum, err := strconv.ParseUint(text, 10, 64); err != nil || number < minimum {
			return false
		}
	}
	if text, ok := tag.Lookup("max"); ok {
		if maximum, err := strconv.ParseUint(text, 10, 64); err != nil || number > maximum {
			return false
		}
	}
	return true
}

// Register adds a method whose parameters are the fields of P.
func Register[P any](p *peer.Peer, name string, answer func(P) (peer.Output, error)) {
	p.Register(name, func(params *peer.Params) (peer.Output, error) {
		read, err := Params[P](params)
		if err != nil {
			return nil, err
		}
		return answer(read)
	})
}

// Wired is a value of a wire type, in its form in JSON.
type Wired[T any] struct{ Value T }

// UnmarshalStrict reads the value.
func (w *Wired[T]) UnmarshalStrict(value any) error {
	read, ok := wire.FromJSON[T](value)
	w.Value = read
	if !ok {
		return fmt.Errorf("no %T", read)
	}
	return nil
}
