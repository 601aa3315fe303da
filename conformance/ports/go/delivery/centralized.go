package delivery

import (
	"bytes"
	"errors"
	"slices"

	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// mostAhead is how far ahead of its turn a message is kept.
const mostAhead = 1024

// CentralizedMessage is a Submit, Ordered, FetchFrom or NumberedWelcome.
type CentralizedMessage interface{ isCentralized() }

// Submit is a message for the server to order.
type Submit struct {
	_       struct{} `kind:"1" name:"centralized-submit"`
	Group   wire.ID  `wire:"group"`
	Message []byte   `wire:"message" size:"1..1048576"`
}

// Ordered is a message with its number.
type Ordered struct {
	_       struct{} `kind:"2" name:"centralized-ordered"`
	Group   wire.ID  `wire:"group"`
	Number  uint64   `wire:"number" range:"1..4294967295"`
	Message []byte   `wire:"message" size:"1..1048576"`
}

// FetchFrom asks for everything from a number on.
type FetchFrom struct {
	_      struct{} `kind:"3" name:"centralized-fetch"`
	Group  wire.ID  `wire:"group"`
	Number uint64   `wire:"number" range:"1..4294967295"`
}

// NumberedWelcome is a welcome, with the number of its commit.
type NumberedWelcome struct {
	_       struct{} `kind:"4" name:"centralized-welcome"`
	Group   wire.ID  `wire:"group"`
	Number  uint64   `wire:"number" range:"1..4294967295"`
	Welcome []byte   `wire:"welcome" size:"1..1048576"`
}

func (Submit) isCentralized()          {}
func (Ordered) isCentralized()         {}
func (FetchFrom) isCentralized()       {}
func (NumberedWelcome) isCentralized() {}

func init() {
	wire.RegisterUnion[CentralizedMessage](Submit{}, Ordered{}, FetchFrom{}, NumberedWelcome{})
}

// Server is the server of a group: its subscribers, and the messages in order; the first one has the number 1.
type Server struct {
	Group       wire.ID
	Subscribers []uint64
	Log         [][]byte
}

// centralizedSending is a message of the server to a subscriber.
type centralizedSending struct {
	to      uint64
	message CentralizedMessage
}

func (s *Server) ordered(at int) Ordered {
	return Ordered{Group: s.Group, Number: uint64(at + 1), Message: s.Log[at]}
}

// submit does centralized.submit.
func (s *Server) submit(message Submit) ([]centralizedSending, error) {
	if message.Group != s.Group {
		return nil, refuse("centralized.group")
	}
	s.Log = append(s.Log, message.Message)
	var sends []centralizedSending
	for _, subscriber := range s.Subscribers {
		sends = append(sends, centralizedSending{subscriber, s.ordered(len(s.Log) - 1)})
	}
	return sends, nil
}

// fetch does centralized.fetch.
func (s *Server) fetch(from uint64, message FetchFrom) ([]centralizedSending, error) {
	if message.Group != s.Group {
		return nil, refuse("centralized.group")
	}
	if !slices.Contains(s.Subscribers, from) {
		s.Subscribers = append(s.Subscribers, from)
	}
	var sends []centralizedSending
	for at := range s.Log {
		if uint64(at+1) >= message.Number {
			sends = append(sends, centralizedSending{from, s.ordered(at)})
		}
	}
	return sends, nil
}

// The status of a member.
const (
	statusActive  = "active"
	statusRemoved = "removed"
	statusStuck   = "stuck"
)

// KeptCommit is a commit that its maker keeps until the epoch ends.
type KeptCommit struct {
	Commit, Welcome []byte
	Next            *Group
}

// Client is a member of a centralized group, beside its TreeKEM: its status, the number that comes next, what came before
// its turn, and the commits that it has made in this epoch.
type Client struct {
	Status  string
	Next    uint64
	Waiting []Ordered
	Kept    []KeptCommit
}

// clientOutcome is what a client delivers, and the welcomes that it sends.
type clientOutcome struct {
	delivered []any
	welcomes  []any
}

func (c *Client) checkActive() error {
	if c.Status != statusActive {
		return refuse("centralized.active")
	}
	return nil
}

// receive does centralized.receive, and gives the state of TreeKEM after it.
func (c *Client) receive(tree *Group, message Ordered) (*Group, clientOutcome, error) {
	outcome := clientOutcome{[]any{}, []any{}}
	if message.Group != tree.Group {
		return nil, outcome, refuse("centralized.group")
	}
	if err := c.checkActive(); err != nil {
		return nil, outcome, err
	}
	isKept := func(kept Ordered) bool { return kept.Number == message.Number }
	if message.Number < c.Next || slices.ContainsFunc(c.Waiting, isKept) {
		return nil, outcome, verdict.Ignored{}
	}
	if message.Number > c.Next+mostAhead {
		return nil, outcome, refuse("centralized.ahead")
	}
	c.Waiting = append(c.Waiting, message)
	for c.Status == statusActive {
		at := slices.IndexFunc(c.Waiting, func(kept Ordered) bool { return kept.Number == c.Next })
		if at < 0 {
			break
		}
		next := c.Waiting[at]
		c.Waiting = slices.Delete(c.Waiting, at, at+1)
		c.Next++
		tree = c.take(tree, next, &outcome)
	}
	return tree, outcome, nil
}

type object = map[string]any

// take does centralized.take.
func (c *Client) take(tree *Group, message Ordered, outcome *clientOutcome) *Group {
	if admitted, err := tree.admit(message.Message); err == nil {
		outcome.delivered = append(outcome.delivered, object{
			"type": "proposal", "author": admitted.author(), "proposal": wire.Bytes(message.Message),
		})
		return tree
	}
	commit := func(author uint64) {
		outcome.delivered = append(outcome.delivered, object{
			"type": "commit", "epoch": tree.Epoch, "author": author, "commit": wire.Bytes(message.Message),
		})
	}
	for _, kept := range c.Kept {
		if bytes.Equal(kept.Commit, message.Message) {
			commit(tree.Me)
			if kept.Welcome != nil {
				welcome := NumberedWelcome{Group: tree.Group, Number: message.Number, Welcome: kept.Welcome}
				outcome.welcomes = append(outcome.welcomes, object{
					"users": tree.addedBy(kept.Commit), "message": wire.Bytes(wire.Encode(welcome)),
				})
			}
			c.Kept = nil
			return kept.Next
		}
	}
	next, isRemoved, err := tree.process(message.Message)
	var refusal verdict.Refused
	switch {
	case isRemoved || err == nil:
		read, _ := readCommit(message.Message)
		commit(read.Author)
		c.Kept = nil
		if !isRemoved {
			return next
		}
		outcome.delivered = append(outcome.delivered, object{"type": statusRemoved, "epoch": tree.Epoch})
		c.Status = statusRemoved
	case errors.As(err, &refusal) && refusal.Clause == "tree-kem.decrypts":
		outcome.delivered = append(outcome.delivered, object{"type": statusStuck, "epoch": tree.Epoch})
		c.Status, c.Kept = statusStuck, nil
	}
	return tree
}

// addedBy are the users that a commit of ours adds, in the order in which their additions were admitted.
func (g *Group) addedBy(commit []byte) []string {
	read, err := readCommit(commit)
	users := []string{}
	for _, proposal := range g.Proposals {
		if add, ok := proposal.(AdmittedAdd); ok && err == nil && slices.Contains(read.References, add.Ref) {
			users = append(users, add.User)
		}
	}
	return users
}
