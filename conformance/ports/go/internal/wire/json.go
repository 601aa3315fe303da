package wire

import "reflect"

func toJSON(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Uint64:
		return v.Uint()
	case reflect.String:
		return v.String()
	case reflect.Array:
		return string(hexText(arrayBytes(v)))
	case reflect.Slice:
		if isBytes(v.Type()) {
			return string(hexText(v.Bytes()))
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = toJSON(v.Index(i))
		}
		return list
	case reflect.Map:
		table := make(map[string]any, v.Len())
		for entries := v.MapRange(); entries.Next(); {
			table[keyText(entries.Key())] = toJSON(entries.Value())
		}
		return table
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return toJSON(v.Elem())
	case reflect.Interface:
		return toJSON(v.Elem())
	case reflect.Struct:
		l := layoutOf(v.Type())
		object := make(map[string]any, len(l.fields)+1)
		if l.kind != nil {
			object["type"] = l.name
		}
		for _, f := range l.fields {
			object[f.name] = toJSON(v.Field(f.index))
		}
		return object
	default:
		panic("wire: no wire type: " + v.Type().String())
	}
}

func fromJSON(value any, into reflect.Value, c constraint) bool {
	switch into.Kind() {
	case reflect.Uint64, reflect.String:
		return fromCBOR(value, into, c)
	case reflect.Array:
		return bytesFromJSON(value, into, c)
	case reflect.Slice:
		if isBytes(into.Type()) {
			return bytesFromJSON(value, into, c)
		}
		list, ok := value.([]any)
		return ok && setList(list, into, c, fromJSON)
	case reflect.Map:
		return tableFromJSON(value, into, c)
	case reflect.Pointer:
		if value == nil {
			return true
		}
		into.Set(reflect.New(into.Type().Elem()))
		return fromJSON(value, into.Elem(), c)
	case reflect.Interface:
		return fromUnion(into, func(message reflect.Value) bool { return fromJSON(value, message, c) })
	case reflect.Struct:
		return structFromJSON(value, into)
	default:
		panic("wire: no wire type: " + into.Type().String())
	}
}

func bytesFromJSON(value any, into reflect.Value, c constraint) bool {
	text, ok := value.(string)
	if !ok {
		return false
	}
	b, ok := ParseHex(text)
	return ok && setBytes(into, b, c)
}

func tableFromJSON(value any, into reflect.Value, c constraint) bool {
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	into.Set(reflect.MakeMapWithSize(into.Type(), len(object)))
	for name, element := range object {
		key, one := reflect.New(into.Type().Key()).Elem(), reflect.New(into.Type().Elem()).Elem()
		if !fromJSON(name, key, c) || !fromJSON(element, one, c) {
			return false
		}
		into.SetMapIndex(key, one)
	}
	return true
}

func structFromJSON(value any, into reflect.Value) bool {
	l := layoutOf(into.Type())
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	count := len(l.fields)
	if l.kind != nil {
		if object["type"] != any(l.name) {
			return false
		}
		count++
	}
	if len(object) != count {
		return false
	}
	for _, f := range l.fields {
		element, ok := object[f.name]
		if !ok || !fromJSON(element, into.Field(f.index), f.constraint) {
			return false
		}
	}
	return true
}
