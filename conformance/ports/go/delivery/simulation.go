package delivery

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"conclave.example/port/internal/deep"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/wire"
)

const labelTrace = "conclave/1 delivery trace"

// stream is a stream of random numbers (chapter "simulation", "Random numbers").
type stream struct {
	seed, name string
	taken      uint32
	block      wire.Key
}

func (s *stream) word() uint64 {
	if s.taken%8 == 0 {
		prefix := append([]byte(s.seed+"\x00"+s.name), binary.BigEndian.AppendUint32(nil, s.taken/8)...)
		s.block = primitives.SHA256(prefix)
	}
	at := s.taken % 8 * 4
	s.taken++
	return uint64(binary.BigEndian.Uint32(s.block[at : at+4]))
}

// below is the next number below a limit, which is at most 2^32.
func (s *stream) below(limit uint64) uint64 {
	for {
		if word := s.word(); word < uint64(1<<32)/limit*limit {
			return word % limit
		}
	}
}

// process is one user, or one face of a faulty one. A face is seen by some users only; seenBy is nil for all.
type process struct {
	handle     string
	user       string
	seed       wire.Key
	seenBy     map[string]bool
	isDown     bool
	outside    *Outside
	early      []EarlyMessage
	service    *Service
	sent, told uint64
}

func (p *process) isRemoved() bool { return p.service != nil && p.service.Status == statusRemoved }

// envelope is a message on its way.
type envelope struct {
	id       string
	from, to *process
	bytes    []byte
	kind     string
}

// setTimer is a timer that has begun.
type setTimer struct {
	of   *process
	name string
	at   uint64
}

// run is a group and its network in memory.
type run struct {
	sampleSize uint64
	processes  []*process
	onTheirWay []*envelope
	timers     []*setTimer
	time       uint64
	trace      wire.Key
	cut        [][]string
	// keyPackages are those with which users are added, and numbers how many each has made.
	keyPackages map[string][]byte
	numbers     map[string]uint64
	proposals   map[string]wire.Key
}

func (r *run) enter(entry ...any) {
	r.trace = hash(append([]any{labelTrace, r.trace[:]}, entry...)...)
}

func (r *run) process(handle string) *process {
	for _, one := range r.processes {
		if one.handle == handle {
			return one
		}
	}
	return nil
}

func (r *run) ofUser(user string) []*process {
	var found []*process
	for _, one := range r.processes {
		if one.user == user {
			found = append(found, one)
		}
	}
	return found
}

// appear makes the processes of a user, one for each face, of which each counts as one key package.
func (r *run) appear(user string, faces []map[string]bool) {
	seed := primitives.DrawKey(wire.Key{}, "user "+user)
	outside := newOutside(seed, user, r.numbers[user])
	r.numbers[user] += uint64(len(faces))
	r.keyPackages[user] = outside.KeyPackage
	for _, seenBy := range faces {
		handle := user
		if number := len(r.ofUser(user)); number > 0 {
			handle = fmt.Sprintf("%s'%d", user, number)
		}
		r.processes = append(r.processes, &process{handle: handle, user: user, seed: seed, seenBy: seenBy, outside: outside})
	}
}

// settle makes the settled group of these users (simulation.settle).
func settle(members []string, faces map[string][]map[string]bool, sampleSize uint64) (*run, error) {
	r := &run{
		sampleSize: sampleSize, keyPackages: map[string][]byte{}, numbers: map[string]uint64{}, proposals: map[string]wire.Key{},
	}
	for _, user := range members {
		of, ok := faces[user]
		if !ok {
			of = []map[string]bool{nil}
		}
		r.appear(user, of)
	}
	first := r.processes[0]
	var group wire.ID
	for i := range group {
		group[i] = 0x66
	}
	t, err := found(first.seed, first.outside, group, sampleSize)
	if err != nil {
		return nil, err
	}
	first.service, first.outside = t.Service, nil
	r.hand(first, t)
	for _, user := range members[1:] {
		r.operate(first, func(t *turn) error {
			return t.propose(func(tree *Group) ([]byte, error) { return tree.proposeAdd(t.seed, r.keyPackages[user]) })
		})
	}
	r.operate(first, func(t *turn) error { return t.commit(nil) })
	for len(r.onTheirWay) > 0 || r.endNext() {
		if len(r.onTheirWay) > 0 {
			r.deliver(r.onTheirWay[0])
		}
	}
	for _, one := range r.processes {
		one.sent, one.told = 0, 0
	}
	r.timers, r.time, r.trace = nil, 0, wire.Key{}
	return r, nil
}

// operate does an operation of a member. One that is refused changes nothing, and gives false.
func (r *run) operate(of *process, operation func(*turn) error) (*turn, bool) {
	service := deep.Copy(of.service)
	t := &turn{Service: service, seed: of.seed}
	if operation(t) != nil {
		return nil, false
	}
	of.service = service
	r.hand(of, t)
	return t, true
}

// hand enters what a step does into the trace, and puts what it sends on its way.
func (r *run) hand(of *process, t *turn) {
	for _, one := range t.events {
		var author, ref any
		if one.ref != nil {
			author, ref = *one.author, one.ref[:]
		}
		r.enter("told", of.handle, one.kind, one.epoch, author, ref)
		of.told++
	}
	for _, one := range t.sends {
		bytes := wire.Encode(one.message)
		for _, to := range r.processes {
			isSeen := of.seenBy == nil || of.seenBy[to.user]
			if to.user != of.user && slices.Contains(one.to, to.user) && isSeen {
				r.put(of, to, bytes, one.message.kind())
			}
		}
	}
	for _, timer := range t.timers {
		set := &setTimer{of, timer.Name, r.time + timer.Delay}
		r.timers = append(r.timers, set)
		r.enter("begun", of.handle, set.name, set.at)
	}
}

// put puts a message on its way.
func (r *run) put(from, to *process, bytes []byte, kind string) {
	id := fmt.Sprintf("%s>%s#%d", from.handle, to.handle, from.sent)
	from.sent++
	r.onTheirWay = append(r.onTheirWay, &envelope{id, from, to, bytes, kind})
	digest := primitives.SHA256(bytes)
	r.enter("sent", id, digest[:])
}

func (r *run) remove(one *envelope) {
	r.onTheirWay = slices.DeleteFunc(r.onTheirWay, func(other *envelope) bool { return other == one })
}

// deliver delivers a message, which is on its way no more.
func (r *run) deliver(one *envelope) {
	r.remove(one)
	r.handOver(one)
}

// handOver gives a message to its receiver, if that is up.
func (r *run) handOver(one *envelope) {
	to := one.to
	if to.isDown {
		return
	}
	r.enter("delivered", one.id)
	message, err := wire.Decode[Message](one.bytes)
	if err != nil {
		return
	}
	if to.service != nil {
		r.operate(to, func(t *turn) error { return t.receive(one.from.user, message) })
		return
	}
	welcoming, ok := message.(Welcoming)
	if !ok {
		if early, err := receiveEarly(to.early, one.from.user, message); err == nil {
			to.early = early
		}
		return
	}
	if t, err := joinService(to.seed, to.outside, welcoming.Welcome, to.early, r.sampleSize); err == nil {
		to.service, to.outside, to.early = t.Service, nil, nil
		r.hand(to, t)
	}
}

// mayEnd are the timers that may end, in the order in which they were begun.
func (r *run) mayEnd() []*setTimer {
	var may []*setTimer
	for _, timer := range r.timers {
		of := timer.of
		if of.isDown || of.service == nil || of.isRemoved() {
			continue
		}
		if epoch, _, _ := strings.Cut(timer.name, "/"); epoch == strconv.FormatUint(of.service.Tree.Epoch, 10) {
			may = append(may, timer)
		}
	}
	return may
}

// endNext ends the next timer, and says whether there is one.
func (r *run) endNext() bool {
	may := r.mayEnd()
	if len(may) == 0 {
		return false
	}
	next := slices.MinFunc(may, func(a, b *setTimer) int { return int(a.at) - int(b.at) })
	r.end(next.of, next.name)
	return true
}

// end ends a timer: of several of one name the one that was begun first.
func (r *run) end(of *process, name string) {
	if of.isDown || of.service == nil {
		return
	}
	at := slices.IndexFunc(r.timers, func(timer *setTimer) bool { return timer.of == of && timer.name == name })
	if at >= 0 {
		r.time = max(r.time, r.timers[at].at)
		r.timers = slices.Delete(r.timers, at, at+1)
	}
	r.enter("ended", of.handle, name)
	r.operate(of, func(t *turn) error { return t.timeout(name) })
}

// isCut says whether the link of a message is cut.
func (r *run) isCut(one *envelope) bool {
	side := func(user string) int {
		return slices.IndexFunc(r.cut, func(users []string) bool { return slices.Contains(users, user) })
	}
	return side(one.from.user) != side(one.to.user)
}

// which says which messages a move means; nil stands for any.
type which struct{ to, from, kinds *[]string }

func (w which) means(one *envelope) bool {
	fits := func(list *[]string, value string) bool { return list == nil || slices.Contains(*list, value) }
	return fits(w.to, one.to.handle) && fits(w.from, one.from.handle) && fits(w.kinds, one.kind)
}

// meant are the messages that a move means.
func (r *run) meant(w which) []*envelope {
	return slices.DeleteFunc(slices.Clone(r.onTheirWay), func(one *envelope) bool { return !w.means(one) })
}

// deliverable are the messages that a move means and whose links are not cut.
func (r *run) deliverable(w which) []*envelope {
	return slices.DeleteFunc(r.meant(w), r.isCut)
}

// drain delivers messages meant, at most so many.
func (r *run) drain(order string, w which, most uint64) {
	text, isSeeded := strings.CutPrefix(order, "seed ")
	numbers := &stream{seed: text, name: "drain"}
	for range most {
		left := r.deliverable(w)
		if len(left) == 0 {
			return
		}
		at := 0
		switch {
		case isSeeded:
			at = int(numbers.below(uint64(len(left))))
		case order == "lifo":
			at = len(left) - 1
		}
		r.deliver(left[at])
	}
}

const noLimit = 1 << 62

// settleDown drains all, and ends the next timer, at most so many.
func (r *run) settleDown(most uint64) {
	r.drain("fifo", which{}, noLimit)
	for range most {
		if !r.endNext() {
			return
		}
		r.drain("fifo", which{}, noLimit)
	}
}

// chaos delivers and ends at random.
func (r *run) chaos(text string, haste, most uint64) {
	numbers := &stream{seed: text, name: "chaos"}
	for range most {
		left, may := r.deliverable(which{}), r.mayEnd()
		if len(left) == 0 && len(may) == 0 {
			return
		}
		if len(may) > 0 && (len(left) == 0 || numbers.below(100) < haste) {
			timer := may[numbers.below(uint64(len(may)))]
			r.end(timer.of, timer.name)
		} else {
			r.deliver(left[numbers.below(uint64(len(left)))])
		}
	}
}
