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

// bound is causal-broadcast.bound: what there is room for, and what is lost. `sharing` tells whose share each counts in, of
// those that are kept, and `goes` which one of a share goes first.
func bound[T kept](r room, all []T, sharing func([]T) func(T) share, goes func([]T, func(T) bool) int) (fits, lost []T) {
	for {
		// causal-broadcast.bound.1
		shareOf := sharing(all)
		counts, total := sharesOf(r, all, shareOf)
		loser := share{}
		if counts[loser] <= r.strangers {
			if total <= r.all {
				return all, lost
			}
			loser = largestShare(counts)
		}
		// causal-broadcast.bound.2, 3
		at := goes(all, func(one T) bool { return shareOf(one) == loser })
		lost = append(lost, all[at])
		all = slices.Delete(slices.Clone(all), at, at+1)
	}
}

// newest is the last one.
func newest[T any](all []T, is func(T) bool) int {
	at := len(all) - 1
	for !is(all[at]) {
		at--
	}
	return at
}

// sharing is causal-broadcast.share: in whose share counts what is in a member's name, when these are held.
func (b *broadcast) sharing(all []held) func(id) share {
	view, adders := b.Agreement.view(), map[id]id{}
	for _, h := range all {
		if add, ok := h.received.first().(addControl); ok && hasMember(view, h.Sender) {
			adders[add.added()] = h.Sender
		}
	}
	return func(member id) share {
		if hasMember(view, member) {
			return share{member, true}
		}
		adder, ok := adders[member]
		return share{adder, ok}.orStrangers()
	}
}
