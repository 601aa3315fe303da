// Package deep copies values with all that they refer to.
package deep

import "reflect"

// Copy is a copy of a value that shares nothing with it but byte strings, which nobody changes in place. What
// fields that are not exported refer to is shared.
func Copy[T any](value T) T {
	original := reflect.ValueOf(&value).Elem()
	return clone(original).Interface().(T)
}

func clone(value reflect.Value) reflect.Value {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return value
		}
		copied := reflect.New(value.Type().Elem())
		copied.Elem().Set(clone(value.Elem()))
		return copied
	case reflect.Interface:
		if value.IsNil() {
			return value
		}
		copied := reflect.New(value.Type()).Elem()
		copied.Set(clone(value.Elem()))
		return copied
	case reflect.Struct:
		copied := reflect.New(value.Type()).Elem()
		copied.Set(value)
		for i := range value.NumField() {
			if field := copied.Field(i); field.CanSet() {
				field.Set(clone(value.Field(i)))
			}
		}
		return copied
	case reflect.Slice:
		if value.IsNil() || value.Type().Elem().Kind() == reflect.Uint8 {
			return value
		}
		copied := reflect.MakeSlice(value.Type(), value.Len(), value.Len())
		for i := range value.Len() {
			copied.Index(i).Set(clone(value.Index(i)))
		}
		return copied
	case reflect.Map:
		if value.IsNil() {
			return value
		}
		copied := reflect.MakeMapWithSize(value.Type(), value.Len())
		for _, key := range value.MapKeys() {
			copied.SetMapIndex(key, clone(value.MapIndex(key)))
		}
		return copied
	default:
		return value
	}
}
