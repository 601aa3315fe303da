package mpenc

import (
	"slices"
	"strings"

	"conclave.example/port/internal/primitives"
)

// OperationMetadata is what an initial packet says of the session before it, and its author.
type OperationMetadata struct {
	PreviousFinal  PacketID    `json:"previousFinal"`
	ChainHash      PacketID    `json:"chainHash"`
	Author         Name        `json:"author"`
	LatestMessages []MessageID `json:"latestMessages" max:"262144"`
}

// Summary is all that the server order looks at: Metadata is nil unless the packet is initial, Ends unless it is final.
type Summary struct {
	ID       PacketID           `json:"id"`
	Metadata *OperationMetadata `json:"metadata"`
	Ends     *PacketID          `json:"ends"`
	Targets  []Name             `json:"targets" min:"1" max:"262144"`
}

// AcceptedPacket is a packet of the line.
type AcceptedPacket struct {
	ID          PacketID `json:"id"`
	ChainHash   PacketID `json:"chainHash"`
	Unconfirmed []Name   `json:"unconfirmed"`
}

// ServerOrder is the line of operations. RefusedParents is nil when we are synced.
type ServerOrder struct {
	RefusedParents *[]PacketID      `json:"refusedParents"`
	Line           []AcceptedPacket `json:"line"`
	Initials       []Summary        `json:"initials"`
	Finals         []PacketID       `json:"finals"`
}

// serverName is the sender of a departure.
const serverName = "__server__"

// What the type of a packet is in the chain hash.
var chainTypes = map[string]string{"initial": "2", "final": "1", "both": "3", "leave": "\xffleave"}

// The classes of greetings.
const (
	classInitial         = "initial"
	classInitialAndFinal = "initial-and-final"
	classMaybeFinal      = "maybe-final"
	classNone            = "none"
)

// class is that of a greeting.
func (p *GreetingPacket) class() string {
	switch {
	case p.GreetType == "refresh-initial", p.GreetType == "exclude-initial" && len(p.Members) == 1:
		return classInitialAndFinal
	case p.isInitial():
		return classInitial
	case p.step() == "confirm":
		return classMaybeFinal
	default:
		return classNone
	}
}

// peek gives the summary of a greeting, if it is initial, and otherwise nil (server-order.peek).
func peek(packet *GreetingPacket, id PacketID) *Summary {
	if packet.Metadata == nil {
		return nil
	}
	summary := &Summary{ID: id, Targets: packet.Members, Metadata: &OperationMetadata{
		packet.Metadata.PreviousFinal, packet.Metadata.ChainHash, packet.Source, packet.Metadata.LatestMessages,
	}}
	if packet.class() == classInitialAndFinal {
		summary.Ends = &id
	}
	return summary
}

func hashed(parts ...string) PacketID {
	hash := primitives.SHA256([]byte(strings.Join(parts, "")))
	return PacketID(hexOf(hash[:]))
}

func joined(names []Name, separator string) string {
	texts := make([]string, len(names))
	for i, name := range sorted(names) {
		texts[i] = string(name)
	}
	return strings.Join(texts, separator)
}

// packetID is the id of a text that came while the channel had these members.
func packetID(sender Name, channel []Name, text string) PacketID {
	return hashed(string(sender), "\n", joined(without(channel, []Name{sender}), "\n"), "\n\n", text)
}

// departureID is the id of a departure during the operation that a packet began.
func departureID(initial PacketID, leavers, channel []Name) PacketID {
	text := "\xffleave " + string(initial.bytes()) + "\n" + joined(leavers, ",")
	return hashed(serverName, "\n", joined(channel, "\n"), "\n\n", text)
}

func firstChainHash(previousFinal PacketID) PacketID {
	return hashed(string(previousFinal.bytes()), "\xff")
}

func nextChainHash(previous, id PacketID, chainType string) PacketID {
	return hashed(string(previous.bytes()), string(id.bytes()), chainTypes[chainType])
}

// unsynced is the order of who does not know the line, with the parents by which it must not join.
func unsynced(refusedParents ...PacketID) ServerOrder {
	refused := list(refusedParents)
	return ServerOrder{&refused, []AcceptedPacket{}, []Summary{}, []PacketID{}}
}

// syncedBy is the order of who knows of the line its last final packet and chain hash.
func syncedBy(previousFinal, chainHash PacketID) ServerOrder {
	return ServerOrder{nil, []AcceptedPacket{{previousFinal, chainHash, []Name{}}}, []Summary{}, []PacketID{previousFinal}}
}

// beginOrder begins a line (server-order.begin).
func beginOrder(previousFinal PacketID) ServerOrder {
	return syncedBy(previousFinal, firstChainHash(previousFinal))
}

func (o *ServerOrder) isSynced() bool { return o.RefusedParents == nil }

// running is the initial packet of the running operation, or nil.
func (o *ServerOrder) running() *Summary {
	if !o.isSynced() || len(o.Initials) < len(o.Finals) {
		return nil
	}
	return &o.Initials[len(o.Initials)-1]
}

func (o *ServerOrder) lastFinal() PacketID { return o.Finals[len(o.Finals)-1] }

func (o *ServerOrder) lastChainHash() PacketID { return o.Line[len(o.Line)-1].ChainHash }

func (o *ServerOrder) find(id PacketID) int {
	return slices.IndexFunc(o.Line, func(packet AcceptedPacket) bool { return packet.ID == id })
}

// unconfirmed are those who have not confirmed a packet of the line.
func (o *ServerOrder) unconfirmed(id PacketID) []Name {
	if at := o.find(id); at >= 0 {
		return o.Line[at].Unconfirmed
	}
	return nil
}

func (o *ServerOrder) extend(id PacketID, chainType string, unconfirmed []Name) {
	o.Line = append(o.Line, AcceptedPacket{id, nextChainHash(o.lastChainHash(), id, chainType), unconfirmed})
}

// counts says whether there is a packet with this summary.
func (s *Summary) counts() bool {
	if s.Metadata == nil {
		return s.Ends != nil
	}
	return s.Ends == nil || *s.Ends == s.ID
}

// offer offers a packet, and says whether it was accepted as initial and as final (server-order.offer).
func (o *ServerOrder) offer(me Name, packet Summary, channel []Name) (isInitial, isFinal bool, err error) {
	isInitial, isFinal = packet.Metadata != nil, packet.Ends != nil
	if isInitial && !containsAll(channel, packet.Targets) {
		return false, false, refused("server-order.target-present")
	}
	if !o.isSynced() {
		if !isInitial {
			return false, false, refused("server-order.synced")
		}
		parent := packet.Metadata.PreviousFinal
		isRefused := slices.Contains(*o.RefusedParents, parent)
		if isRefused || !slices.Contains(packet.Targets, me) {
			if !isRefused {
				*o.RefusedParents = append(*o.RefusedParents, parent)
			}
			return false, false, nil
		}
		*o = syncedBy(parent, packet.Metadata.ChainHash)
	}
	if o.find(packet.ID) >= 0 {
		return false, false, ignored()
	}
	if isInitial {
		if o.running() != nil {
			return false, false, refused("server-order.idle")
		}
		if packet.Metadata.PreviousFinal != o.lastFinal() {
			return false, false, refused("server-order.parent")
		}
		if packet.Metadata.ChainHash != o.lastChainHash() {
			return false, false, refused("server-order.same-chain")
		}
		o.Initials = append(o.Initials, packet)
	} else if isFinal {
		running := o.running()
		if running == nil {
			return false, false, refused("server-order.running")
		}
		if *packet.Ends != running.ID {
			return false, false, refused("server-order.same-operation")
		}
	}
	chainType := "initial"
	if isFinal {
		o.Finals = append(o.Finals, packet.ID)
		chainType = "final"
		if isInitial {
			chainType = "both"
		}
	}
	o.extend(packet.ID, chainType, packet.Targets)
	return isInitial, isFinal, nil
}

// depart notes a departure, and says whether an operation has failed by it (server-order.depart).
func (o *ServerOrder) depart(leavers, channel, session []Name) bool {
	running := o.running()
	if running == nil || len(within(leavers, running.Targets)) == 0 {
		return false
	}
	id := departureID(running.ID, leavers, channel)
	o.Finals = append(o.Finals, id)
	o.extend(id, "leave", without(session, leavers))
	return true
}
