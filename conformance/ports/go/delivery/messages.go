package delivery

import "conclave.example/port/internal/wire"

// Message is an Agreement, Gossiping, Decision, Fetch, Fetched or Welcoming.
type Message interface {
	// kind is the name of the message in a schedule of the simulation.
	kind() string
}

// Agreement is a message of the cascade.
type Agreement struct {
	_       struct{}       `kind:"1" name:"agreement"`
	Message CascadeMessage `wire:"message"`
}

// Gossiping is a message of murmur.
type Gossiping struct {
	_       struct{}      `kind:"2" name:"gossiping"`
	Message MurmurMessage `wire:"message"`
}

// Decision is a decision, and the proposals that its commit names.
type Decision struct {
	_         struct{} `kind:"3" name:"decision"`
	Decide    Decide   `wire:"decide"`
	Proposals [][]byte `wire:"proposals" count:"0..512" size:"1..65536"`
}

// Fetch asks for decisions from an epoch on, or for proposals of this epoch.
type Fetch struct {
	_     struct{}   `kind:"4" name:"fetch"`
	Group wire.ID    `wire:"group"`
	Epoch uint64     `wire:"epoch" range:"0..4294967295"`
	Refs  []wire.Key `wire:"refs" count:"0..1024"`
}

// Fetched are proposals that were asked for.
type Fetched struct {
	_         struct{} `kind:"5" name:"fetched"`
	Group     wire.ID  `wire:"group"`
	Epoch     uint64   `wire:"epoch" range:"0..4294967295"`
	Proposals [][]byte `wire:"proposals" count:"0..4096" size:"1..65536"`
}

// Welcoming is for new members: the group, the epoch that begins with them, and the welcome.
type Welcoming struct {
	_       struct{} `kind:"6" name:"welcoming"`
	Group   wire.ID  `wire:"group"`
	Epoch   uint64   `wire:"epoch" range:"0..4294967295"`
	Welcome []byte   `wire:"welcome" size:"1..1048576"`
}

func init() {
	wire.RegisterUnion[Message](Agreement{}, Gossiping{}, Decision{}, Fetch{}, Fetched{}, Welcoming{})
}

func (m Agreement) kind() string { return m.Message.kind() }
func (m Gossiping) kind() string {
	if _, ok := m.Message.(Subscribe); ok {
		return "murmur-subscribe"
	}
	return "murmur-gossip"
}
func (Decision) kind() string  { return "decision" }
func (Fetch) kind() string     { return "fetch" }
func (Fetched) kind() string   { return "fetched" }
func (Welcoming) kind() string { return "welcoming" }

// proposal is the proposal of a GOSSIP, if it has one.
func (m Gossiping) proposal() ([]byte, bool) {
	gossip, ok := m.Message.(Gossip)
	return gossip.Proposal, ok
}

// placeOf is the group and epoch of a message that is no proposal in a GOSSIP.
func placeOf(message Message) (wire.ID, uint64) {
	switch message := message.(type) {
	case Agreement:
		return message.Message.place()
	case Gossiping:
		subscribe, _ := message.Message.(Subscribe)
		return subscribe.Group, subscribe.Epoch
	case Decision:
		return message.Decide.place()
	case Fetch:
		return message.Group, message.Epoch
	case Fetched:
		return message.Group, message.Epoch
	case Welcoming:
		return message.Group, message.Epoch
	}
	return wire.ID{}, 0
}
