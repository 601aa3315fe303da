package delivery

import (
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/wire"
)

const (
	labelEndorse = "conclave/1 delivery endorse"
	labelRetract = "conclave/1 delivery retract"
)

// maximumAuthors is how many authors try to agree among themselves at most.
const maximumAuthors = 8

// How far a member is in restrained consensus.
const (
	phaseIdle = iota
	phaseBegun
	phaseRetracted
	phaseEnded
)

// Certified is a value with its certificate in the first cooperation.
type Certified struct {
	Ref         wire.Key    `wire:"ref"`
	Certificate Certificate `wire:"certificate" count:"1..1024,1..256"`
}

// Endorse says: I endorse every set of these values of which one is mine.
type Endorse struct {
	_            struct{}       `kind:"2" name:"endorse"`
	Group        wire.ID        `wire:"group"`
	Epoch        uint64         `wire:"epoch" range:"0..4294967295"`
	Endorser     uint64         `wire:"endorser" range:"0..65535"`
	Refs         []wire.Key     `wire:"refs" count:"1..256"`
	Certificates []Certified    `wire:"certificates" count:"0..256"`
	Signature    wire.Signature `wire:"signature"`
}

// Retract says: I had not begun when I heard of another.
type Retract struct {
	_         struct{}       `kind:"3" name:"retract"`
	Group     wire.ID        `wire:"group"`
	Epoch     uint64         `wire:"epoch" range:"0..4294967295"`
	Retractor uint64         `wire:"retractor" range:"0..65535"`
	Signature wire.Signature `wire:"signature"`
}

// Endorsement is an ENDORSE that is noted.
type Endorsement struct {
	Endorser uint64
	Refs     []wire.Key
}

// Restrained is the state of a member in restrained consensus. Authors are the authors of the values that it knows,
// Values what it endorsed itself; Outcome is nil when there is no result.
type Restrained struct {
	Electorate Electorate
	Me         uint64
	SecretKey  wire.Key
	Phase      uint64
	Authors    map[wire.Key]uint64
	Values     []wire.Key
	Endorsed   []Endorsement
	Certified  []Certified
	Retracted  []uint64
	Outcome    *[]wire.Key
	// Sends is what the last operation has to send.
	Sends []leavesSending
}

// leavesSending is a message to some leaves.
type leavesSending struct {
	To      []uint64
	Message any
}

func openRestrained(electorate Electorate, me uint64, secretKey wire.Key) (*Restrained, error) {
	if err := electorate.check(); err != nil {
		return nil, err
	}
	return &Restrained{Electorate: electorate, Me: me, SecretKey: secretKey, Authors: map[wire.Key]uint64{}}, nil
}

func refBytes(refs []wire.Key) []any {
	bytes := []any{}
	for _, ref := range refs {
		bytes = append(bytes, ref[:])
	}
	return bytes
}

// endorseInput is what the signature of an ENDORSE covers.
func endorseInput(endorse Endorse) []byte {
	certificates := primitives.SHA256(wire.Encode(list(endorse.Certificates)))
	return wire.CBOR(labelEndorse, endorse.Group[:], endorse.Epoch, endorse.Endorser, refBytes(endorse.Refs), certificates[:])
}

// retractInput is what the signature of a RETRACT covers.
func retractInput(retract Retract) []byte {
	return wire.CBOR(labelRetract, retract.Group[:], retract.Epoch, retract.Retractor)
}

func (r *Restrained) end(outcome *[]wire.Key) { r.Phase, r.Outcome = phaseEnded, outcome }

// send sends a message to the leaves of a set, but us, in ascending order.
func (r *Restrained) send(to map[uint64]bool, message any) {
	var others []uint64
	for leaf := range to {
		if leaf != r.Me {
			others = append(others, leaf)
		}
	}
	if len(others) > 0 {
		slices.Sort(others)
		r.Sends = append(r.Sends, leavesSending{others, message})
	}
}

// begin does restrained-consensus.begin.
func (r *Restrained) begin(values []wire.Key, certificates []Certified) {
	if r.Phase != phaseIdle {
		return
	}
	var known []wire.Key
	authors := map[uint64]bool{}
	for _, ref := range values {
		if author, ok := r.Authors[ref]; ok {
			known = insert(known, ref)
			authors[author] = true
		}
	}
	own, isCertified := r.ownCertificates(known, certificates)
	if len(known) < 2 || len(authors) > maximumAuthors || len(own) == 0 || !isCertified {
		r.end(nil)
		return
	}
	endorse := Endorse{Group: r.Electorate.Group, Epoch: r.Electorate.Epoch, Endorser: r.Me, Refs: known, Certificates: own}
	endorse.Signature = primitives.Sign(r.SecretKey, endorseInput(endorse))
	r.send(authors, endorse)
	r.Phase, r.Values = phaseBegun, known
	r.note(endorse)
	r.conclude()
}

// ownCertificates are those of values of ours, and whether each of these has one.
func (r *Restrained) ownCertificates(values []wire.Key, certificates []Certified) (own []Certified, isComplete bool) {
	isComplete = true
	for _, ref := range values {
		if r.Authors[ref] != r.Me {
			continue
		}
		at := slices.IndexFunc(certificates, func(certified Certified) bool { return certified.Ref == ref })
		if at < 0 {
			isComplete = false
			continue
		}
		own = append(own, certificates[at])
	}
	return own, isComplete
}

func (r *Restrained) note(endorse Endorse) {
	r.Endorsed = append(r.Endorsed, Endorsement{endorse.Endorser, endorse.Refs})
	r.Certified = append(r.Certified, endorse.Certificates...)
}

func (r *Restrained) checkEpoch(group wire.ID, epoch uint64) error {
	if group != r.Electorate.Group || epoch != r.Electorate.Epoch {
		return refuse("restrained-consensus.epoch")
	}
	return nil
}

// receiveEndorse does restrained-consensus.receive-endorse.
func (r *Restrained) receiveEndorse(endorse Endorse) error {
	if err := r.checkEpoch(endorse.Group, endorse.Epoch); err != nil {
		return err
	}
	if !r.Electorate.isSigned(endorse.Endorser, endorseInput(endorse), endorse.Signature) {
		return refuse("restrained-consensus.signature")
	}
	isOurs := func(ref wire.Key) bool {
		author, ok := r.Authors[ref]
		return ok && author == r.Me
	}
	if !slices.ContainsFunc(endorse.Refs, isOurs) {
		return refuse("restrained-consensus.own-value")
	}
	if r.Phase == phaseIdle {
		r.retract(endorse)
	}
	if r.Phase != phaseBegun {
		return nil
	}
	if !r.isAsItMustBe(endorse) {
		r.end(nil)
		return nil
	}
	before := slices.IndexFunc(r.Endorsed, func(one Endorsement) bool { return one.Endorser == endorse.Endorser })
	switch {
	case before < 0:
		r.note(endorse)
	case slices.Equal(r.Endorsed[before].Refs, endorse.Refs):
		return nil
	default:
		r.noteRetracted(endorse.Endorser)
	}
	r.conclude()
	return nil
}

// retract retracts, because of an ENDORSE (step 4 of restrained-consensus.receive-endorse).
func (r *Restrained) retract(endorse Endorse) {
	retract := Retract{Group: r.Electorate.Group, Epoch: r.Electorate.Epoch, Retractor: r.Me}
	retract.Signature = primitives.Sign(r.SecretKey, retractInput(retract))
	to := map[uint64]bool{endorse.Endorser: true}
	for _, ref := range endorse.Refs {
		if author, ok := r.Authors[ref]; ok {
			to[author] = true
		}
	}
	r.send(to, retract)
	r.Phase = phaseRetracted
}

// isAsItMustBe does step 6 of restrained-consensus.receive-endorse.
func (r *Restrained) isAsItMustBe(endorse Endorse) bool {
	if !isAscending(endorse.Refs) {
		return false
	}
	var own []wire.Key
	for _, ref := range endorse.Refs {
		if author, ok := r.Authors[ref]; ok && author == endorse.Endorser {
			own = append(own, ref)
		}
	}
	var certified []wire.Key
	for _, one := range endorse.Certificates {
		certified = append(certified, one.Ref)
		if r.Electorate.verifyCertificate(1, one.Certificate, one.Ref) != nil {
			return false
		}
	}
	return slices.Equal(own, certified)
}

// isAscending says whether refs ascend, each once.
func isAscending(refs []wire.Key) bool {
	return slices.IsSortedFunc(refs, compareKeys) && distinct.Are(refs)
}

func (r *Restrained) noteRetracted(leaf uint64) {
	if !slices.Contains(r.Retracted, leaf) {
		r.Retracted = append(r.Retracted, leaf)
	}
}

// receiveRetract does restrained-consensus.receive-retract.
func (r *Restrained) receiveRetract(retract Retract) error {
	if err := r.checkEpoch(retract.Group, retract.Epoch); err != nil {
		return err
	}
	if !r.Electorate.isSigned(retract.Retractor, retractInput(retract), retract.Signature) {
		return refuse("restrained-consensus.signature")
	}
	r.noteRetracted(retract.Retractor)
	r.conclude()
	return nil
}

// timeout does restrained-consensus.timeout.
func (r *Restrained) timeout() {
	if r.Phase == phaseBegun {
		r.end(nil)
	}
}

// conclude does restrained-consensus.conclude.
func (r *Restrained) conclude() {
	if r.Phase != phaseBegun {
		return
	}
	var left []wire.Key
	for _, ref := range r.Values {
		if !slices.Contains(r.Retracted, r.Authors[ref]) {
			left = append(left, ref)
		}
	}
	if len(left) == 0 {
		r.end(nil)
		return
	}
	for _, ref := range left {
		hasEndorsed := slices.ContainsFunc(r.Endorsed, func(one Endorsement) bool {
			return one.Endorser == r.Authors[ref] && containsAll(one.Refs, left)
		})
		if !hasEndorsed || r.certificate(ref) == nil {
			return
		}
	}
	r.end(&left)
}

// certificate is the certificate of a value that we hold, or nil.
func (r *Restrained) certificate(ref wire.Key) Certificate {
	for _, certified := range r.Certified {
		if certified.Ref == ref {
			return certified.Certificate
		}
	}
	return nil
}

func containsAll[T comparable](list, some []T) bool {
	return !slices.ContainsFunc(some, func(one T) bool { return !slices.Contains(list, one) })
}
