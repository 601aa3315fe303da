package dcgka

import (
	"cmp"
	"fmt"

	"conclave.example/port/internal/wire"
)

// Short names of shared types.
type (
	id    = wire.ID
	key   = wire.Key
	octet = wire.Bytes
)

const maximumSeq = 1<<32 - 1

// A keyBundle is what a user publishes for one contact.
type keyBundle struct {
	Suite           uint64         `wire:"suite" range:"0..255"`
	User            string         `wire:"user" text:"1..64"`
	SigningKey      key            `wire:"signingKey"`
	AgreementKey    key            `wire:"agreementKey"`
	SignedPrekeyID  uint64         `wire:"signedPrekeyId" range:"0..4294967295"`
	SignedPrekey    key            `wire:"signedPrekey"`
	OneTimePrekeyID uint64         `wire:"oneTimePrekeyId" range:"0..4294967295"`
	OneTimePrekey   key            `wire:"oneTimePrekey"`
	Expires         uint64         `wire:"expires"`
	Signature       wire.Signature `wire:"signature"`
}

type (
	channelMessage interface{}

	firstContact struct {
		_               struct{} `kind:"0" name:"first-contact"`
		User            string   `wire:"user" text:"1..64"`
		EphemeralKey    key      `wire:"ephemeralKey"`
		SignedPrekeyID  uint64   `wire:"signedPrekeyId" range:"0..4294967295"`
		OneTimePrekeyID uint64   `wire:"oneTimePrekeyId" range:"0..4294967295"`
		Ciphertext      octet    `wire:"ciphertext" size:"16..1048064"`
	}
	toRecipientKey struct {
		_               struct{} `kind:"1" name:"to-recipient-key"`
		Index           uint64   `wire:"index" range:"0..4294967295"`
		EncapsulatedKey key      `wire:"encapsulatedKey"`
		Ciphertext      octet    `wire:"ciphertext" size:"16..1048064"`
	}
	toSenderKey struct {
		_               struct{} `kind:"2" name:"to-sender-key"`
		EncapsulatedKey key      `wire:"encapsulatedKey"`
		Ciphertext      octet    `wire:"ciphertext" size:"16..1048064"`
	}
)

// A channelPlaintext is what a channel message seals.
type channelPlaintext struct {
	Payload   octet  `wire:"payload" size:"0..1047552"`
	SecretKey key    `wire:"secretKey"`
	Index     uint64 `wire:"index" range:"1..4294967295"`
	PublicKey key    `wire:"publicKey"`
}

// Operations of the membership function.
type (
	operation interface{ from() position }
	change    interface{ operation }

	createOperation struct {
		_       struct{} `kind:"0" name:"create"`
		Sender  id       `wire:"sender"`
		Seq     uint64   `wire:"seq" range:"1..4294967295"`
		Members []id     `wire:"members" count:"1..1024"`
	}
	removeOperation struct {
		_      struct{} `kind:"2" name:"remove"`
		Sender id       `wire:"sender"`
		Seq    uint64   `wire:"seq" range:"1..4294967295"`
		Member id       `wire:"member"`
	}
	addOperation struct {
		_      struct{} `kind:"3" name:"add"`
		Sender id       `wire:"sender"`
		Seq    uint64   `wire:"seq" range:"1..4294967295"`
		Member id       `wire:"member"`
	}
	ackOperation struct {
		_        struct{} `kind:"4" name:"ack"`
		Sender   id       `wire:"sender"`
		Seq      uint64   `wire:"seq" range:"1..4294967295"`
		OfSender id       `wire:"ofSender"`
		OfSeq    uint64   `wire:"ofSeq" range:"1..4294967295"`
	}
)

// A position names a message in a group.
type position struct {
	Sender id     `json:"sender"`
	Seq    uint64 `json:"seq"`
}

func (p position) String() string { return fmt.Sprintf("%s %d", p.Sender, p.Seq) }

func (p position) compare(other position) int {
	return cmp.Or(p.Sender.Compare(other.Sender), cmp.Compare(p.Seq, other.Seq))
}

func (o createOperation) from() position { return position{o.Sender, o.Seq} }
func (o removeOperation) from() position { return position{o.Sender, o.Seq} }
func (o addOperation) from() position    { return position{o.Sender, o.Seq} }
func (o ackOperation) from() position    { return position{o.Sender, o.Seq} }
func (o ackOperation) of() position      { return position{o.OfSender, o.OfSeq} }

// Control messages.
type (
	controlMessage interface {
		inGroup() id
		from() position
	}

	createControl struct {
		_          struct{}   `kind:"0" name:"create"`
		Group      id         `wire:"group"`
		Sender     id         `wire:"sender"`
		Seq        uint64     `wire:"seq" range:"1..4294967295"`
		Users      []string   `wire:"users" count:"1..1024" text:"1..64"`
		SigningKey key        `wire:"signingKey"`
		Nonce      groupNonce `wire:"nonce"`
		Commitment key        `wire:"commitment"`
	}
	updateControl struct {
		_          struct{} `kind:"1" name:"update"`
		Group      id       `wire:"group"`
		Sender     id       `wire:"sender"`
		Seq        uint64   `wire:"seq" range:"1..4294967295"`
		Commitment key      `wire:"commitment"`
	}
	removeControl struct {
		_          struct{} `kind:"2" name:"remove"`
		Group      id       `wire:"group"`
		Sender     id       `wire:"sender"`
		Seq        uint64   `wire:"seq" range:"1..4294967295"`
		Member     id       `wire:"member"`
		Commitment key      `wire:"commitment"`
	}
	addControl struct {
		_          struct{} `kind:"3" name:"add"`
		Group      id       `wire:"group"`
		Sender     id       `wire:"sender"`
		Seq        uint64   `wire:"seq" range:"1..4294967295"`
		User       string   `wire:"user" text:"1..64"`
		History    key      `wire:"history"`
		Commitment key      `wire:"commitment"`
	}
	ackControl struct {
		_        struct{} `kind:"4" name:"ack"`
		Group    id       `wire:"group"`
		Sender   id       `wire:"sender"`
		Seq      uint64   `wire:"seq" range:"1..4294967295"`
		OfSender id       `wire:"ofSender"`
		OfSeq    uint64   `wire:"ofSeq" range:"1..4294967295"`
	}
	addAckControl struct {
		_          struct{} `kind:"5" name:"add-ack"`
		Group      id       `wire:"group"`
		Sender     id       `wire:"sender"`
		Seq        uint64   `wire:"seq" range:"1..4294967295"`
		OfSender   id       `wire:"ofSender"`
		OfSeq      uint64   `wire:"ofSeq" range:"1..4294967295"`
		Commitment *key     `wire:"commitment"`
	}
	forwardControl struct {
		_          struct{} `kind:"6" name:"forward"`
		Group      id       `wire:"group"`
		Sender     id       `wire:"sender"`
		Seq        uint64   `wire:"seq" range:"1..4294967295"`
		OfSender   id       `wire:"ofSender"`
		OfSeq      uint64   `wire:"ofSeq" range:"1..4294967295"`
		Commitment key      `wire:"commitment"`
	}

	// acknowledgement is an ack, an add-ack or a forward.
	acknowledgement interface {
		controlMessage
		of() position
	}
)

// groupNonce is the nonce of a group's identifier, which has its length.
type groupNonce = wire.ID

func (c createControl) inGroup() id  { return c.Group }
func (c updateControl) inGroup() id  { return c.Group }
func (c removeControl) inGroup() id  { return c.Group }
func (c addControl) inGroup() id     { return c.Group }
func (c ackControl) inGroup() id     { return c.Group }
func (c addAckControl) inGroup() id  { return c.Group }
func (c forwardControl) inGroup() id { return c.Group }

func (c createControl) from() position  { return position{c.Sender, c.Seq} }
func (c updateControl) from() position  { return position{c.Sender, c.Seq} }
func (c removeControl) from() position  { return position{c.Sender, c.Seq} }
func (c addControl) from() position     { return position{c.Sender, c.Seq} }
func (c ackControl) from() position     { return position{c.Sender, c.Seq} }
func (c addAckControl) from() position  { return position{c.Sender, c.Seq} }
func (c forwardControl) from() position { return position{c.Sender, c.Seq} }

func (c ackControl) of() position     { return position{c.OfSender, c.OfSeq} }
func (c addAckControl) of() position  { return position{c.OfSender, c.OfSeq} }
func (c forwardControl) of() position { return position{c.OfSender, c.OfSeq} }

// What a new member gets.
type (
	welcome struct {
		Changes    []welcomeEntry   `wire:"changes" count:"1..4294967295"`
		Known      map[id]knowledge `wire:"known"`
		Seen       map[id]uint64    `wire:"seen" range:"1..4294967295"`
		Ratchet    key              `wire:"ratchet"`
		Attachment octet            `wire:"attachment" size:"0..1048576"`
	}
	welcomeEntry struct {
		Change  welcomeChange `wire:"change"`
		Unknown []uint64      `wire:"unknown" range:"1..4294967295"`
	}
	// knowledge is of the changes at the positions below the length, but those unknown.
	knowledge struct {
		Length  uint64   `wire:"length" range:"1..4294967295"`
		Unknown []uint64 `wire:"unknown" range:"1..4294967295"`
	}

	welcomeChange interface{ from() position }
	welcomeCreate struct {
		_          struct{}   `kind:"0" name:"welcome-create"`
		Sender     id         `wire:"sender"`
		Seq        uint64     `wire:"seq" range:"1..4294967295"`
		Users      []string   `wire:"users" count:"1..1024" text:"1..64"`
		SigningKey key        `wire:"signingKey"`
		Nonce      groupNonce `wire:"nonce"`
	}
	welcomeAdd struct {
		_      struct{} `kind:"3" name:"welcome-add"`
		Sender id       `wire:"sender"`
		Seq    uint64   `wire:"seq" range:"1..4294967295"`
		User   string   `wire:"user" text:"1..64"`
	}
)

func (c welcomeCreate) from() position { return position{c.Sender, c.Seq} }
func (c welcomeAdd) from() position    { return position{c.Sender, c.Seq} }

// What is broadcast.
type (
	packet interface{}

	envelope struct {
		_         struct{}       `kind:"0" name:"envelope"`
		Items     []item         `wire:"items" count:"1..1024"`
		Signature wire.Signature `wire:"signature"`
	}
	item struct {
		Control    controlMessage `wire:"control"`
		SigningKey *key           `wire:"signingKey"`
		Cut        *key           `wire:"cut"`
		Chain      *chain         `wire:"chain"`
		Directs    map[id]octet   `wire:"directs" size:"0..1048576"`
	}
	// chain says what a member has written in application messages between two control messages.
	chain struct {
		Length uint64 `wire:"length" range:"1..4294967295"`
		Digest key    `wire:"digest"`
	}

	attachment struct {
		Signers map[id]attachedSigner `wire:"signers"`
		Open    []openMessage         `wire:"open" count:"0..1048576"`
	}
	attachedSigner struct {
		SigningKey key    `wire:"signingKey"`
		Digest     key    `wire:"digest"`
		Last       uint64 `wire:"last" range:"0..4294967295"`
	}
	// openMessage may still be acknowledged, by those awaited.
	openMessage struct {
		Sender  id     `wire:"sender"`
		Seq     uint64 `wire:"seq" range:"1..4294967295"`
		Digest  key    `wire:"digest"`
		Before  last   `wire:"before"`
		Awaited []id   `wire:"awaited" count:"1..65536"`
	}
	// last is the number of a member's last message that is no acknowledgement, and its signing key since.
	last struct {
		Seq        uint64 `wire:"seq" range:"0..4294967295"`
		SigningKey key    `wire:"signingKey"`
	}

	notes map[id]head
	head  struct {
		Seq      uint64        `wire:"seq" range:"1..4294967295"`
		Digest   key           `wire:"digest"`
		Withheld *withheldHead `wire:"withheld"`
	}
	withheldHead struct {
		Seq    uint64 `wire:"seq" range:"1..4294967295"`
		Digest key    `wire:"digest"`
	}
)

type guard [8]byte

// An applicationMessage is what people write to each other, sealed.
type applicationMessage struct {
	_          struct{}       `kind:"1" name:"application-message"`
	Group      id             `wire:"group"`
	Sender     id             `wire:"sender"`
	Seq        uint64         `wire:"seq" range:"1..4294967295"`
	Index      uint64         `wire:"index" range:"0..4294967294"`
	Guard      guard          `wire:"guard"`
	Ciphertext octet          `wire:"ciphertext" size:"16..1047568"`
	Signature  wire.Signature `wire:"signature"`
}

// What an application message carries.
type (
	content interface{}

	dataContent struct {
		_       struct{} `kind:"0" name:"data"`
		Payload octet    `wire:"payload" size:"0..1047536"`
	}
	notesContent struct {
		_     struct{} `kind:"1" name:"notes-to-compare"`
		Notes notes    `wire:"notes"`
	}
	leaveContent struct {
		_ struct{} `kind:"2" name:"leave"`
	}
)

// What an application is told.
type (
	event interface{}

	joinedEvent struct {
		_     struct{} `kind:"0" name:"joined"`
		Group id       `wire:"group"`
	}
	leftEvent struct {
		_     struct{} `kind:"1" name:"left"`
		Group id       `wire:"group"`
	}
	userAddedEvent struct {
		_     struct{} `kind:"2" name:"user-added"`
		Group id       `wire:"group"`
		User  string   `wire:"user" text:"1..64"`
	}
	userRemovedEvent struct {
		_     struct{} `kind:"3" name:"user-removed"`
		Group id       `wire:"group"`
		User  string   `wire:"user" text:"1..64"`
	}
	messageEvent struct {
		_       struct{} `kind:"4" name:"message"`
		Group   id       `wire:"group"`
		User    string   `wire:"user" text:"1..64"`
		Member  id       `wire:"member"`
		Seq     uint64   `wire:"seq" range:"1..4294967295"`
		Index   uint64   `wire:"index" range:"0..4294967295"`
		Former  uint64   `wire:"former" range:"0..1"`
		Payload octet    `wire:"payload" size:"0..1047536"`
	}
	equivocationEvent struct {
		_       struct{} `kind:"5" name:"equivocation"`
		Group   id       `wire:"group"`
		User    string   `wire:"user" text:"1..64"`
		Member  id       `wire:"member"`
		Members []id     `wire:"members" count:"1..65536"`
	}
	memberChangedEvent struct {
		_      struct{} `kind:"6" name:"member-changed"`
		Group  id       `wire:"group"`
		Member id       `wire:"member"`
	}
	leavingEvent struct {
		_     struct{} `kind:"7" name:"leaving"`
		Group id       `wire:"group"`
		User  string   `wire:"user" text:"1..64"`
	}
	messagesLostEvent struct {
		_      struct{} `kind:"8" name:"messages-lost"`
		Group  id       `wire:"group"`
		User   string   `wire:"user" text:"1..64"`
		Member id       `wire:"member"`
		Seq    uint64   `wire:"seq" range:"1..4294967295"`
		Count  uint64   `wire:"count"`
	}
	messageRefusedEvent struct {
		_      struct{} `kind:"9" name:"message-refused"`
		Group  id       `wire:"group"`
		User   *string  `wire:"user" text:"1..64"`
		Member id       `wire:"member"`
		Seq    uint64   `wire:"seq" range:"1..4294967295"`
		Index  uint64   `wire:"index" range:"0..4294967294"`
		Clause string   `wire:"clause" text:"1..128"`
	}
	chainDiffersEvent struct {
		_      struct{} `kind:"10" name:"chain-differs"`
		Group  id       `wire:"group"`
		User   string   `wire:"user" text:"1..64"`
		Member id       `wire:"member"`
		Seq    uint64   `wire:"seq" range:"1..4294967295"`
	}
	chainUncomparedEvent struct {
		_      struct{} `kind:"11" name:"chain-uncompared"`
		Group  id       `wire:"group"`
		User   string   `wire:"user" text:"1..64"`
		Member id       `wire:"member"`
		Seq    uint64   `wire:"seq" range:"1..4294967295"`
		Count  uint64   `wire:"count"`
	}
	envelopeRefusedEvent struct {
		_      struct{} `kind:"12" name:"envelope-refused"`
		Group  id       `wire:"group"`
		User   *string  `wire:"user" text:"1..64"`
		Member id       `wire:"member"`
		Seq    uint64   `wire:"seq" range:"1..4294967295"`
		Clause string   `wire:"clause" text:"1..128"`
	}
)

func init() {
	wire.RegisterUnion[channelMessage](firstContact{}, toRecipientKey{}, toSenderKey{})
	wire.RegisterUnion[change](createOperation{}, removeOperation{}, addOperation{})
	wire.RegisterUnion[operation](createOperation{}, removeOperation{}, addOperation{}, ackOperation{})
	wire.RegisterUnion[controlMessage](createControl{}, updateControl{}, removeControl{}, addControl{}, ackControl{},
		addAckControl{}, forwardControl{})
	wire.RegisterUnion[welcomeChange](welcomeCreate{}, removeOperation{}, welcomeAdd{})
	wire.RegisterUnion[packet](envelope{}, applicationMessage{})
	wire.RegisterUnion[content](dataContent{}, notesContent{}, leaveContent{})
	wire.RegisterUnion[event](joinedEvent{}, leftEvent{}, userAddedEvent{}, userRemovedEvent{}, messageEvent{},
		equivocationEvent{}, memberChangedEvent{}, leavingEvent{}, messagesLostEvent{}, messageRefusedEvent{},
		chainDiffersEvent{}, chainUncomparedEvent{}, envelopeRefusedEvent{})
}
