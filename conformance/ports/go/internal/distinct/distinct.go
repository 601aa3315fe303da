// Package distinct tells whether what stands in a list stands there once.
package distinct

// Are says whether no element of a list stands in it twice.
func Are[T comparable](list []T) bool {
	seen := make(map[T]bool, len(list))
	for _, one := range list {
		if seen[one] {
			return false
		}
		seen[one] = true
	}
	return true
}
