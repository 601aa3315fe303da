package mpenc

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/strict"
)

// maximumText is the longest text of a packet, in bytes of UTF-8.
const maximumText = 1 << 20

// Record is a record of a TLV string.
type Record struct {
	Type  uint64 `json:"type" max:"65535"`
	Value Hex    `json:"value"`
}

// The types of records.
const (
	protocolVersionType  = 0x0001
	messageTypeType      = 0x0002
	messageSignatureType = 0x0003
	messagePayloadType   = 0x0010
	messageIVType        = 0x0011
	sidkeyHintType       = 0x0012
	messageParentType    = 0x0013
	messageBodyType      = 0x0014
	messageIndexType     = 0x0015
	sourceType           = 0x0100
	destType             = 0x0101
	memberType           = 0x0102
	intKeyType           = 0x0103
	nonceType            = 0x0104
	pubKeyType           = 0x0105
	sessionSignatureType = 0x0106
	signingKeyType       = 0x0107
	subsessionHashType   = 0x0108
	greetTypeType        = 0x01ff
	severityType         = 0x0201
	prevPFType           = 0x0301
	chainHashType        = 0x0302
	latestPMType         = 0x0303
	prevPIType           = 0x0304
	abortReasonType      = 0x0305
)

// lengths has the least and the greatest length of the values of a type of records.
var lengths = map[uint64][2]int{
	protocolVersionType:  {1, 1},
	messageTypeType:      {1, 1},
	messageSignatureType: {64, 64},
	messagePayloadType:   {0, maximumValue},
	messageIVType:        {12, 12},
	sidkeyHintType:       {1, 1},
	messageParentType:    {20, 20},
	messageBodyType:      {1, maximumValue},
	messageIndexType:     {4, 4},
	sourceType:           {1, maximumValue},
	destType:             {0, maximumValue},
	memberType:           {1, maximumValue},
	intKeyType:           {0, 32},
	nonceType:            {32, 32},
	pubKeyType:           {32, 32},
	sessionSignatureType: {64, 64},
	signingKeyType:       {32, 32},
	subsessionHashType:   {32, 32},
	greetTypeType:        {2, 2},
	severityType:         {1, 1},
	prevPFType:           {32, 32},
	chainHashType:        {32, 32},
	latestPMType:         {20, 20},
	prevPIType:           {32, 32},
	abortReasonType:      {1, 1},
}

// hasLength says whether the value of a record has a length that its type allows.
func (r Record) hasLength() bool {
	allowed := lengths[r.Type]
	isPartOfKey := r.Type == intKeyType && len(r.Value) > 0 && len(r.Value) < 32
	return allowed[0] <= len(r.Value) && len(r.Value) <= allowed[1] && !isPartOfKey
}

// haveLengths says whether the values of all records have lengths that their types allow.
func haveLengths(records []Record) bool {
	return !slices.ContainsFunc(records, func(record Record) bool { return !record.hasLength() })
}

// place is a place in a layout: a record that stands there from minimum to maximum times.
type place struct {
	recordType       uint64
	minimum, maximum int
}

const anyNumber = 1 << 30

func once(recordType uint64) place     { return place{recordType, 1, 1} }
func optional(recordType uint64) place { return place{recordType, 0, 1} }
func repeated(recordType uint64) place { return place{recordType, 0, anyNumber} }

// The message types.
const (
	queryMessage        = 1
	greetingMessage     = 2
	dataMessage         = 3
	errorMessage        = 4
	publishedKeyMessage = 5
)

// layouts are the layouts of packets, by their message type.
var layouts = map[byte][]place{
	queryMessage: {once(protocolVersionType), once(messageTypeType)},
	greetingMessage: {
		once(messageSignatureType), once(protocolVersionType), once(messageTypeType), once(greetTypeType),
		once(sourceType), once(destType), repeated(memberType), repeated(intKeyType), repeated(nonceType),
		repeated(pubKeyType), optional(prevPFType), optional(chainHashType), repeated(latestPMType),
		optional(sessionSignatureType),
	},
	dataMessage: {
		once(sidkeyHintType), once(messageSignatureType), once(protocolVersionType), once(messageTypeType),
		once(messageIVType), once(messagePayloadType),
	},
	errorMessage: {
		optional(messageSignatureType), once(protocolVersionType), once(messageTypeType), once(sourceType),
		once(severityType), once(messagePayloadType),
	},
}

// matches says whether records stand as a layout says.
func matches(records []Record, layout []place) bool {
	at := 0
	for _, place := range layout {
		number := 0
		for number < place.maximum && at < len(records) && records[at].Type == place.recordType {
			number++
			at++
		}
		if number < place.minimum {
			return false
		}
	}
	return at == len(records)
}

// values are the values of the records of a type, in their order.
func values(records []Record, recordType uint64) [][]byte {
	var found [][]byte
	for _, record := range records {
		if record.Type == recordType {
			found = append(found, record.Value)
		}
	}
	return found
}

// value is the value of the first record of a type, or nil.
func value(records []Record, recordType uint64) []byte {
	for _, record := range records {
		if record.Type == recordType {
			return record.Value
		}
	}
	return nil
}

// keys are the values of the records of a type whose values have 32 bytes.
func keys(records []Record, recordType uint64) []Key {
	found := []Key{}
	for _, value := range values(records, recordType) {
		found = append(found, Key(value))
	}
	return found
}

// names are the values of the records of a type as names.
func names(records []Record, recordType uint64) []Name {
	found := []Name{}
	for _, value := range values(records, recordType) {
		found = append(found, Name(value))
	}
	return found
}

// decodeRecords divides a TLV string into records (mpenc-records.decode-records).
func decodeRecords(bytes []byte) ([]Record, error) {
	records := []Record{}
	for len(bytes) > 0 {
		if len(bytes) < 4 {
			return nil, malformed("mpenc-records.tlv")
		}
		length := int(binary.BigEndian.Uint16(bytes[2:]))
		if len(bytes) < 4+length {
			return nil, malformed("mpenc-records.tlv")
		}
		records = append(records, Record{uint64(binary.BigEndian.Uint16(bytes)), bytes[4 : 4+length : 4+length]})
		bytes = bytes[4+length:]
	}
	return records, nil
}

// encodeRecords writes records.
func encodeRecords(records []Record) ([]byte, error) {
	bytes := []byte{}
	for _, record := range records {
		if len(record.Value) > maximumValue {
			return nil, malformed("mpenc-records.tlv")
		}
		bytes = binary.BigEndian.AppendUint16(bytes, uint16(record.Type))
		bytes = binary.BigEndian.AppendUint16(bytes, uint16(len(record.Value)))
		bytes = append(bytes, record.Value...)
	}
	return bytes, nil
}

// signedPart is what a MESSAGE_SIGNATURE covers: the records from PROTOCOL_VERSION on.
func signedPart(records []Record) ([]byte, error) {
	first := slices.IndexFunc(records, func(record Record) bool { return record.Type == protocolVersionType })
	return encodeRecords(records[max(first, 0):])
}

const (
	armourStart = "?mpENC"
	armourHead  = "?mpENC:"
	armourTail  = "."
)

// armoured is the text of a TLV string.
func armoured(bytes []byte) string {
	return armourHead + base64.StdEncoding.EncodeToString(bytes) + armourTail
}

// unarmoured is the TLV string of a text, if it has the armour (steps 1 and 3 of mpenc-records.decode).
func unarmoured(text string) ([]byte, bool) {
	body, hasHead := strings.CutPrefix(text, armourHead)
	body, hasTail := strings.CutSuffix(body, armourTail)
	bytes, err := base64.StdEncoding.DecodeString(body)
	isCanonical := err == nil && base64.StdEncoding.EncodeToString(bytes) == body
	return bytes, hasHead && hasTail && isCanonical && len(text) <= maximumText
}

// armouredRecords are the records of a text with the armour, nil for any other text.
func armouredRecords(text string) []Record {
	bytes, ok := unarmoured(text)
	if !ok {
		return nil
	}
	records, err := decodeRecords(bytes)
	if err != nil {
		return nil
	}
	return records
}

// encodeText is the packet of records, whatever they are.
func encodeText(records []Record) (string, error) {
	bytes, err := encodeRecords(records)
	if err != nil {
		return "", err
	}
	return armoured(bytes), nil
}

// Packet is one of *PlainPacket, *QueryPacket, *GreetingPacket, *DataPacket and *ErrorPacket.
type Packet interface {
	// records are those of a packet in the version given; nil for a plain one.
	records(version byte) []Record
}

// PlainPacket is a text that is not ours.
type PlainPacket struct {
	Type    string `json:"type" is:"plain"`
	Content string `json:"content"`
}

// QueryPacket asks who speaks the protocol.
type QueryPacket struct {
	Type string `json:"type" is:"query"`
}

// Metadata is what the first packet of an operation says of the session before it.
type Metadata struct {
	PreviousFinal  PacketID    `json:"previousFinal"`
	ChainHash      PacketID    `json:"chainHash"`
	LatestMessages []MessageID `json:"latestMessages" max:"262144"`
}

// GreetingPacket is one packet of an operation. Destination is nil in a broadcast.
type GreetingPacket struct {
	Type             string            `json:"type" is:"greeting"`
	Signature        Signature         `json:"signature"`
	GreetType        string            `json:"greetType" is:"start-initial start-upflow start-downflow start-confirm include-initial include-upflow include-downflow include-confirm exclude-initial exclude-confirm refresh-initial"`
	Source           Name              `json:"source"`
	Destination      *Name             `json:"destination"`
	Members          []Name            `json:"members" max:"262144"`
	IntermediateKeys []IntermediateKey `json:"intermediateKeys" max:"262144"`
	Nonces           []Key             `json:"nonces" max:"262144"`
	PublicKeys       []Key             `json:"publicKeys" max:"262144"`
	Metadata         *Metadata         `json:"metadata"`
	SessionSignature *Signature        `json:"sessionSignature"`
}

// DataPacket is one message of a subsession.
type DataPacket struct {
	Type      string    `json:"type" is:"data"`
	Hint      Hint      `json:"hint"`
	Signature Signature `json:"signature"`
	IV        IV        `json:"iv"`
	Payload   Payload   `json:"payload"`
}

// ErrorPacket is an error, for people.
type ErrorPacket struct {
	Type      string     `json:"type" is:"error"`
	Signature *Signature `json:"signature"`
	Source    Name       `json:"source"`
	Severity  string     `json:"severity" is:"information warning terminal"`
	Text      ValueText  `json:"text"`
}

// Payload is the encrypted part of a message.
type Payload []byte

// MarshalText writes the hex.
func (p Payload) MarshalText() ([]byte, error) { return Hex(p).MarshalText() }

// UnmarshalText reads the hex.
func (p *Payload) UnmarshalText(text []byte) error {
	if len(text) > 2*maximumValue {
		return errors.New("too long")
	}
	return (*Hex)(p).UnmarshalText(text)
}

// ValueText is a text that fits into a record.
type ValueText string

// UnmarshalText reads the text.
func (t *ValueText) UnmarshalText(text []byte) error {
	*t = ValueText(text)
	if len(text) > maximumValue {
		return errors.New("too long")
	}
	return nil
}

// AnyPacket reads a packet of any kind.
type AnyPacket struct{ Packet Packet }

// UnmarshalStrict reads the packet.
func (p *AnyPacket) UnmarshalStrict(value any) error {
	packet, err := strict.Union(value, map[string]any{
		"plain": &PlainPacket{}, "query": &QueryPacket{}, "greeting": &GreetingPacket{}, "data": &DataPacket{},
		"error": &ErrorPacket{},
	})
	if err != nil {
		return err
	}
	p.Packet = packet.(Packet)
	if plain, ok := p.Packet.(*PlainPacket); ok && len(plain.Content) > maximumText {
		return errors.New("too long")
	}
	return nil
}

var severities = []string{"information", "warning", "terminal"}

var greetTypes = map[string]uint16{
	"start-initial":    0x009c,
	"start-upflow":     0x001c,
	"start-downflow":   0x001e,
	"start-confirm":    0x001a,
	"include-initial":  0x00ad,
	"include-upflow":   0x002d,
	"include-downflow": 0x002f,
	"include-confirm":  0x002b,
	"exclude-initial":  0x00bf,
	"exclude-confirm":  0x003b,
	"refresh-initial":  0x00c7,
}

func greetTypeOf(number uint16) string {
	for name, value := range greetTypes {
		if value == number {
			return name
		}
	}
	return ""
}

// operation is the name of the operation that the packet belongs to.
func (p *GreetingPacket) operation() string {
	name, _, _ := strings.Cut(p.GreetType, "-")
	return name
}

// step is what the packet is in its operation: initial, upflow, downflow or confirm.
func (p *GreetingPacket) step() string {
	_, name, _ := strings.Cut(p.GreetType, "-")
	return name
}

func (p *GreetingPacket) isInitial() bool { return p.step() == "initial" }

func (p *PlainPacket) records(byte) []Record { return nil }

func (p *QueryPacket) records(version byte) []Record { return head(version, queryMessage) }

func head(version, messageType byte) []Record {
	return []Record{{protocolVersionType, []byte{version}}, {messageTypeType, []byte{messageType}}}
}

func (p *GreetingPacket) records(version byte) []Record {
	records := append([]Record{{messageSignatureType, p.Signature[:]}}, head(version, greetingMessage)...)
	greetType := binary.BigEndian.AppendUint16(nil, greetTypes[p.GreetType])
	destination := Name("")
	if p.Destination != nil {
		destination = *p.Destination
	}
	records = append(records, Record{greetTypeType, greetType}, Record{sourceType, []byte(p.Source)}, Record{destType, []byte(destination)})
	for _, member := range p.Members {
		records = append(records, Record{memberType, []byte(member)})
	}
	for _, key := range p.IntermediateKeys {
		records = append(records, Record{intKeyType, Hex(key)})
	}
	for _, nonce := range p.Nonces {
		records = append(records, Record{nonceType, nonce[:]})
	}
	for _, key := range p.PublicKeys {
		records = append(records, Record{pubKeyType, key[:]})
	}
	if p.Metadata != nil {
		records = append(records, Record{prevPFType, p.Metadata.PreviousFinal.bytes()}, Record{chainHashType, p.Metadata.ChainHash.bytes()})
		for _, id := range p.Metadata.LatestMessages {
			records = append(records, Record{latestPMType, id.bytes()})
		}
	}
	if p.SessionSignature != nil {
		records = append(records, Record{sessionSignatureType, p.SessionSignature[:]})
	}
	return records
}

func (p *DataPacket) records(version byte) []Record {
	records := append([]Record{{sidkeyHintType, p.Hint[:]}, {messageSignatureType, p.Signature[:]}}, head(version, dataMessage)...)
	return append(records, Record{messageIVType, p.IV[:]}, Record{messagePayloadType, Hex(p.Payload)})
}

func (p *ErrorPacket) records(version byte) []Record {
	var records []Record
	if p.Signature != nil {
		records = append(records, Record{messageSignatureType, p.Signature[:]})
	}
	records = append(records, head(version, errorMessage)...)
	severity := byte(slices.Index(severities, p.Severity))
	return append(records, Record{sourceType, []byte(p.Source)}, Record{severityType, []byte{severity}}, Record{messagePayloadType, []byte(p.Text)})
}

// Version is the protocol version of packets.
const Version = 1

// RatchetVersion is the protocol version of greetings and messages in a session with the ratchet.
const RatchetVersion = 2

// Decode decodes a text, whose packets other than plain ones have the version given (mpenc-records.decode).
func Decode(text string, version byte) (Packet, error) {
	if text == "" || len(text) > maximumText {
		return nil, malformed("mpenc-records.limit")
	}
	if !strings.HasPrefix(text, armourStart) {
		return &PlainPacket{"plain", text}, nil
	}
	bytes, ok := unarmoured(text)
	if !ok {
		return nil, malformed("mpenc-records.armour")
	}
	records, err := decodeRecords(bytes)
	if err != nil {
		return nil, err
	}
	messageType, err := checkHead(records, version)
	if err != nil {
		return nil, err
	}
	if !matches(records, layouts[messageType]) {
		return nil, malformed("mpenc-records.order")
	}
	if !haveLengths(records) {
		return nil, malformed("mpenc-records.lengths")
	}
	switch messageType {
	case greetingMessage:
		return decodeGreeting(records)
	case dataMessage:
		return &DataPacket{
			"data", Hint(value(records, sidkeyHintType)), Signature(value(records, messageSignatureType)),
			IV(value(records, messageIVType)), value(records, messagePayloadType),
		}, nil
	case errorMessage:
		return decodeError(records)
	default:
		return &QueryPacket{"query"}, nil
	}
}

// checkHead gives the message type (steps 5 to 7 of mpenc-records.decode).
func checkHead(records []Record, version byte) (byte, error) {
	for _, recordType := range []uint64{sidkeyHintType, messageSignatureType} {
		if len(records) > 0 && records[0].Type == recordType {
			records = records[1:]
		}
	}
	if len(records) < 2 || records[0].Type != protocolVersionType || records[1].Type != messageTypeType {
		return 0, malformed("mpenc-records.order")
	}
	if string(records[0].Value) != string([]byte{version}) {
		return 0, malformed("mpenc-records.version")
	}
	messageType := records[1].Value
	if len(messageType) != 1 || layouts[messageType[0]] == nil {
		return 0, malformed("mpenc-records.message-type")
	}
	return messageType[0], nil
}

func decodeError(records []Record) (Packet, error) {
	severity, text, source := value(records, severityType)[0], value(records, messagePayloadType), value(records, sourceType)
	if int(severity) >= len(severities) || !utf8.Valid(text) {
		return nil, malformed("mpenc-records.text")
	}
	if !isName(source) {
		return nil, malformed("mpenc-records.name")
	}
	packet := &ErrorPacket{"error", nil, Name(source), severities[severity], ValueText(text)}
	packet.Signature = optionalSignature(records, messageSignatureType)
	return packet, nil
}

func optionalSignature(records []Record, recordType uint64) *Signature {
	bytes := value(records, recordType)
	if bytes == nil {
		return nil
	}
	signature := Signature(bytes)
	return &signature
}

// decodeGreeting gives the greeting of records in its layout, with right lengths (mpenc-records.check-greeting).
func decodeGreeting(records []Record) (Packet, error) {
	greetType := greetTypeOf(binary.BigEndian.Uint16(value(records, greetTypeType)))
	if greetType == "" {
		return nil, malformed("mpenc-records.greet-type")
	}
	for _, record := range records {
		isNamed := record.Type == sourceType || record.Type == memberType || record.Type == destType && len(record.Value) > 0
		if isNamed && !isName(record.Value) {
			return nil, malformed("mpenc-records.name")
		}
	}
	packet := &GreetingPacket{
		Type:             "greeting",
		Signature:        Signature(value(records, messageSignatureType)),
		GreetType:        greetType,
		Source:           Name(value(records, sourceType)),
		Members:          names(records, memberType),
		IntermediateKeys: []IntermediateKey{},
		Nonces:           keys(records, nonceType),
		PublicKeys:       keys(records, pubKeyType),
		SessionSignature: optionalSignature(records, sessionSignatureType),
	}
	if destination := Name(value(records, destType)); destination != "" {
		packet.Destination = &destination
	}
	for _, key := range values(records, intKeyType) {
		packet.IntermediateKeys = append(packet.IntermediateKeys, key)
	}
	if err := packet.checkPosition(); err != nil {
		return nil, err
	}
	previous, chainHash := values(records, prevPFType), values(records, chainHashType)
	latest := values(records, latestPMType)
	hasMetadata := packet.isInitial()
	if len(previous) != count(hasMetadata) || len(chainHash) != count(hasMetadata) || len(latest) > 0 && !hasMetadata {
		return nil, malformed("mpenc-records.counts")
	}
	if err := packet.checkCounts(); err != nil {
		return nil, err
	}
	if hasMetadata {
		packet.Metadata = &Metadata{PacketID(hexOf(previous[0])), PacketID(hexOf(chainHash[0])), []MessageID{}}
		for _, id := range latest {
			packet.Metadata.LatestMessages = append(packet.Metadata.LatestMessages, MessageID(hexOf(id)))
		}
		if !distinct.Are(packet.Metadata.LatestMessages) {
			return nil, malformed("mpenc-records.distinct-ids")
		}
	}
	return packet, nil
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// checkPosition does steps 3 and 4 of mpenc-records.check-greeting.
func (p *GreetingPacket) checkPosition() error {
	if !distinct.Are(p.Members) {
		return malformed("mpenc-records.distinct-members")
	}
	position, n := slices.Index(p.Members, p.Source), len(p.Members)
	isAllowed := true
	switch p.GreetType {
	case "start-initial":
		isAllowed = position == 0
	case "start-upflow":
		isAllowed = 1 <= position && position <= n-2
	case "include-upflow":
		isAllowed = 2 <= position && position <= n-2
	case "start-downflow", "include-downflow":
		isAllowed = position == n-1
	case "start-confirm", "include-confirm":
		isAllowed = position < n-1
	case "include-initial":
		isAllowed = position < len(p.Nonces)
	}
	if position < 0 || !isAllowed {
		return malformed("mpenc-records.source")
	}
	return nil
}

// checkCounts does steps 5 to 7 of mpenc-records.check-greeting, but for the metadata.
func (p *GreetingPacket) checkCounts() error {
	position, n, m := slices.Index(p.Members, p.Source), len(p.Members), len(p.Nonces)
	least := 2
	if p.operation() == "include" {
		least = 3
	} else if p.GreetType == "exclude-initial" {
		least = 1
	}
	intermediateKeys, lists, next := n, n, -1
	hasLists := true
	switch p.GreetType {
	case "start-initial":
		intermediateKeys, lists, next = 2, 1, 1
	case "include-initial":
		intermediateKeys, lists, next = m+1, m, m
		hasLists = 2 <= m && m < n
	case "start-upflow", "include-upflow":
		intermediateKeys, lists, next = position+2, position+1, position+1
	case "refresh-initial":
		lists = 0
	case "start-confirm", "include-confirm", "exclude-confirm":
		intermediateKeys = 0
		if m == 0 {
			lists = 0
		}
	}
	isSigned := p.step() == "downflow" || p.step() == "confirm" || p.GreetType == "exclude-initial"
	hasCounts := hasLists && len(p.IntermediateKeys) == intermediateKeys && m == lists && len(p.PublicKeys) == lists
	if n < least || !hasCounts || isSigned != (p.SessionSignature != nil) {
		return malformed("mpenc-records.counts")
	}
	isBroadcast := next < 0
	if isBroadcast != (p.Destination == nil) || !isBroadcast && *p.Destination != p.Members[next] {
		return malformed("mpenc-records.destination")
	}
	for i, key := range p.IntermediateKeys {
		if (len(key) == 0) != (i == 0 && p.GreetType == "start-initial") {
			return malformed("mpenc-records.base-point")
		}
	}
	return nil
}

// Encode encodes a packet in the version given (mpenc-records.encode).
func Encode(packet Packet, version byte) (string, error) {
	plain, isPlain := packet.(*PlainPacket)
	if isPlain {
		decoded, err := Decode(plain.Content, version)
		if err != nil {
			return "", err
		}
		if _, ok := decoded.(*PlainPacket); !ok {
			return "", malformed("mpenc-records.armour")
		}
		return plain.Content, nil
	}
	text, err := encodeText(packet.records(version))
	if err != nil {
		return "", err
	}
	_, err = Decode(text, version)
	return text, err
}
