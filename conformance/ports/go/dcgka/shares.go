package dcgka

import "slices"

// What has not been verified is divided into shares: by how much there may be in all and in the strangers' share, and
// with how many bytes each counts at least.
var (
	roomForHeld = room{all: 4 << 20, strangers: 256 << 10, least: 4096}
	roomForLog  = room{all: 1 << 20, strangers: 256 << 10, least: 4096}
)

// A share of what is kept is that of a member, or that of strangers.
type share struct {
	member   id
	isMember bool
}

// orStrangers is the strangers' share if the member has none.
func (s share) orStrangers() share {
	if !s.isMember {
		return share{}
	}
	return s
}

// A room has bounds for what is kept.
type room struct{ all, strangers, least int }

type kept interface{ length() int }

func (r room) size(one kept) int { return max(one.length(), r.least) }

// sharesOf is how much each share counts, and all together.
func sharesOf[T kept](r room, all []T, shareOf func(T) share) (map[share]int, int) {
	counts, total := map[share]int{}, 0
	for _, one := range all {
		counts[shareOf(one)] += r.size(one)
		total += r.size(one)
	}
	return counts, total
}

// largestShare is the one that counts most; of equal ones the strangers', then that of the smallest member.
func largestShare(counts map[share]int) share {
	largest := share{}
	for one, count := range counts {
		isSmaller := one.isMember && largest.isMember && one.member.Compare(largest.member) < 0
		if count > counts[largest] || count == counts[largest] && isSmaller {
			largest = one
		}
	}
	return largest
}

// with adds one to what is kept. While all count too much, the largest share loses its newest. It is false if the one
// that is added finds no room.
func with[T kept](r room, before []T, added T, shareOf func(T) share) ([]T, bool) {
	all := slices.Concat(before, []T{added})
	counts, total := sharesOf(r, all, shareOf)
	if of := shareOf(added); !of.isMember && counts[of] > r.strangers {
		return nil, false
	}
	for total > r.all {
		largest, at := largestShare(counts), len(all)-1
		for shareOf(all[at]) != largest {
			at--
		}
		if at == len(all)-1 {
			return nil, false
		}
		counts[largest] -= r.size(all[at])
		total -= r.size(all[at])
		all = slices.Delete(all, at, at+1)
	}
	return all, true
}
