package delivery

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

const labelGossip = "conclave/1 murmur message"

// Bounds of the chapter "murmur".
const (
	murmurHorizon    = 2
	murmurQuota      = 64
	murmurLaterQuota = 256
)

// MurmurMessage is a Subscribe or a Gossip.
type MurmurMessage interface{ isMurmur() }

// Subscribe says: I am in this epoch, send me its proposals.
type Subscribe struct {
	_     struct{} `kind:"1" name:"murmur-subscribe"`
	Group wire.ID  `wire:"group"`
	Epoch uint64   `wire:"epoch" range:"0..4294967295"`
}

// Gossip has a proposal.
type Gossip struct {
	_        struct{} `kind:"2" name:"murmur-gossip"`
	Proposal []byte   `wire:"proposal" size:"1..65536"`
}

func (Subscribe) isMurmur() {}
func (Gossip) isMurmur()    {}

func init() { wire.RegisterUnion[MurmurMessage](Subscribe{}, Gossip{}) }

// HeldProposal is a proposal that is held.
type HeldProposal struct {
	ID       wire.Key `wire:"id"`
	Epoch    uint64   `wire:"epoch" range:"0..4294967295"`
	Author   uint64   `wire:"author" range:"0..65535"`
	Proposal []byte   `wire:"proposal" size:"1..1048576"`
}

// EarlySubscription is a subscription from an epoch to come.
type EarlySubscription struct{ Leaf, Epoch uint64 }

// Murmur is the gossip of a member in an epoch: members and peers in ascending order, what is held in the order in which
// it came.
type Murmur struct {
	Group   wire.ID
	Epoch   uint64
	Me      uint64
	Members []uint64
	Peers   []uint64
	Held    []HeldProposal
	Early   []EarlySubscription
}

// murmurSending is a message to a leaf.
type murmurSending struct {
	to      uint64
	message MurmurMessage
}

// murmurThresholds are F(0), F(1), and so on of a sample size (definition `thresholds`).
func murmurThresholds(sampleSize uint64) []uint64 {
	var terms []*big.Int
	total := new(big.Int)
	term := new(big.Int).Lsh(big.NewInt(1), 160)
	for i := int64(1); term.Sign() > 0; i++ {
		terms = append(terms, term)
		total.Add(total, term)
		term = new(big.Int).Mul(term, new(big.Int).SetUint64(sampleSize))
		term.Quo(term, big.NewInt(i))
	}
	var found []uint64
	sum := new(big.Int)
	for _, term := range terms {
		sum.Add(sum, term)
		threshold := new(big.Int).Lsh(sum, 32)
		threshold.Add(threshold, total).Sub(threshold, big.NewInt(1)).Quo(threshold, total)
		found = append(found, threshold.Uint64())
		if threshold.Uint64() == 1<<32 {
			break
		}
	}
	return found
}

// murmurPicks are the places that a sample picks among n members (chapter "murmur", "Who is a peer").
func murmurPicks(seed wire.Key, group wire.ID, epoch, n, sampleSize uint64) []uint64 {
	picks := []uint64{}
	if sampleSize == 0 {
		return picks
	}
	draws := 0
	draw := func() uint64 {
		drawn := primitives.DrawKey(seed, fmt.Sprintf("murmur/sample/%s/%d/%d", group, epoch, draws))
		draws++
		return uint64(binary.BigEndian.Uint32(drawn[:4]))
	}
	first := draw()
	number := slices.IndexFunc(murmurThresholds(sampleSize), func(threshold uint64) bool { return first < threshold })
	limit := uint64(1<<32) / n * n
	for len(picks) < number {
		if u := draw(); u < limit {
			picks = append(picks, u%n)
		}
	}
	return picks
}

// missingEdge is the probability that two members are no peers.
func missingEdge(n, sampleSize uint64) float64 {
	return math.Exp(-2 * float64(sampleSize) / float64(n))
}

// cut is binomial(places, picks) · q^(k(c-k)), by logarithms.
func cut(c, places, picks, k uint64, q float64) float64 {
	logarithm := float64(k*(c-k)) * math.Log(q)
	for i := uint64(1); i <= picks; i++ {
		logarithm += math.Log(float64(places-picks+i) / float64(i))
	}
	return math.Exp(logarithm)
}

// totalityBound is the bound on ε, of n members with c honest ones.
func totalityBound(n, c, sampleSize uint64) float64 {
	q, bound := missingEdge(n, sampleSize), 0.0
	for k := uint64(1); k <= c/2; k++ {
		bound += cut(c, c, k, k, q)
	}
	return bound
}

// totality is ε, of n members with c honest ones.
func totality(n, c, sampleSize uint64) float64 {
	q := missingEdge(n, sampleSize)
	epsilon := make([]float64, max(c+1, 2))
	for size := uint64(2); size <= c; size++ {
		for k := uint64(1); k < size; k++ {
			epsilon[size] += cut(size, size-1, k-1, k, q) * (1 - epsilon[k])
		}
	}
	return epsilon[c]
}

// scientific is a number with three digits, and an exponent without zeroes before it.
func scientific(number float64) string {
	text := strconv.FormatFloat(number, 'e', 2, 64)
	mantissa, exponent := text[:4], text[4:]
	power, err := strconv.Atoi(exponent[1:])
	if err != nil {
		return text
	}
	return fmt.Sprintf("%se%+d", mantissa, power)
}

// newMurmur begins the gossip of an epoch (murmur.open).
func newMurmur(seed wire.Key, group wire.ID, epoch, me uint64, members []uint64, sampleSize uint64) (*Murmur, []murmurSending) {
	m := &Murmur{Group: group, Epoch: epoch, Me: me, Members: members}
	m.sample(seed, sampleSize)
	return m, m.subscribe()
}

// sample chooses the peers (murmur.sample).
func (m *Murmur) sample(seed wire.Key, sampleSize uint64) {
	m.Peers = nil
	if sampleSize == 0 {
		m.Peers = slices.DeleteFunc(slices.Clone(m.Members), func(leaf uint64) bool { return leaf == m.Me })
		return
	}
	for _, place := range murmurPicks(seed, m.Group, m.Epoch, uint64(len(m.Members)), sampleSize) {
		m.addPeer(m.Members[place])
	}
}

func (m *Murmur) addPeer(leaf uint64) {
	if at, ok := slices.BinarySearch(m.Peers, leaf); !ok && leaf != m.Me {
		m.Peers = slices.Insert(m.Peers, at, leaf)
	}
}

func (m *Murmur) subscribe() []murmurSending {
	var sends []murmurSending
	for _, peer := range m.Peers {
		sends = append(sends, murmurSending{peer, Subscribe{Group: m.Group, Epoch: m.Epoch}})
	}
	return sends
}

func (m *Murmur) isOther(leaf uint64) bool { return leaf != m.Me && slices.Contains(m.Members, leaf) }

// advance enters another epoch, and gives the proposals that are to be judged (murmur.advance).
func (m *Murmur) advance(seed wire.Key, epoch, me uint64, members []uint64, sampleSize uint64) (sends []murmurSending, due [][]byte) {
	m.Epoch, m.Me, m.Members = epoch, me, members
	m.sample(seed, sampleSize)
	if sampleSize > 0 {
		sends = m.subscribe()
	}
	for _, early := range m.Early {
		if early.Epoch == epoch && m.isOther(early.Leaf) {
			m.addPeer(early.Leaf)
		}
	}
	m.Early = slices.DeleteFunc(m.Early, func(early EarlySubscription) bool { return early.Epoch <= epoch })
	for _, held := range m.Held {
		if held.Epoch == epoch {
			due = append(due, held.Proposal)
		}
	}
	m.Held = slices.DeleteFunc(m.Held, func(held HeldProposal) bool { return held.Epoch <= epoch })
	return sends, due
}

// checkHead checks group and epoch of a message.
func (m *Murmur) checkHead(group []byte, epoch uint64) error {
	switch {
	case string(group) != string(m.Group[:]):
		return refuse("murmur.group")
	case epoch < m.Epoch:
		return refuse("murmur.past")
	case epoch > m.Epoch+murmurHorizon:
		return refuse("murmur.horizon")
	}
	return nil
}

// receiveSubscribe does murmur.receive-subscribe.
func (m *Murmur) receiveSubscribe(from uint64, message Subscribe) ([]murmurSending, error) {
	if err := m.checkHead(message.Group[:], message.Epoch); err != nil {
		return nil, err
	}
	if message.Epoch > m.Epoch {
		if early := (EarlySubscription{from, message.Epoch}); !slices.Contains(m.Early, early) {
			m.Early = append(m.Early, early)
		}
		return nil, nil
	}
	if !m.isOther(from) {
		return nil, refuse("murmur.subscriber")
	}
	m.addPeer(from)
	var sends []murmurSending
	for _, held := range m.Held {
		if held.Epoch == m.Epoch {
			sends = append(sends, murmurSending{from, Gossip{Proposal: held.Proposal}})
		}
	}
	return sends, nil
}

// receiveGossip takes in a proposal, one that was asked for or any, and says whether it is delivered
// (murmur.receive-gossip, murmur.receive-wanted).
func (m *Murmur) receiveGossip(proposal []byte, isValid, isWanted bool) (sends []murmurSending, isDelivered bool, err error) {
	read, _, err := readProposal(proposal)
	if err != nil {
		return nil, false, err
	}
	if err := m.checkHead(read.group, read.epoch); err != nil {
		return nil, false, err
	}
	id := hash(labelGossip, proposal)
	ofAuthor, ofEpoch := 0, 0
	for _, held := range m.Held {
		if held.ID == id {
			return nil, false, verdict.Ignored{}
		}
		if held.Epoch == read.epoch {
			ofEpoch++
			if held.Author == read.author {
				ofAuthor++
			}
		}
	}
	isPresent := read.epoch == m.Epoch
	if isPresent && !isValid {
		return nil, false, refuse("murmur.valid")
	}
	if !isWanted && (ofAuthor >= murmurQuota || !isPresent && ofEpoch >= murmurLaterQuota) {
		return nil, false, refuse("murmur.quota")
	}
	m.Held = append(m.Held, HeldProposal{id, read.epoch, read.author, proposal})
	for _, peer := range m.Peers {
		sends = append(sends, murmurSending{peer, Gossip{Proposal: proposal}})
	}
	return sends, isPresent, nil
}
