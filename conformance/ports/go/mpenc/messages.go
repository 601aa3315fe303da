package mpenc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/strict"
)

// What the signed bytes of messages and errors begin with.
const (
	messageContext = "datamsgsig"
	errorContext   = "errormsgsig"
)

// The kinds of bodies.
const (
	payloadBody              = "payload"
	acknowledgementBody      = "acknowledgement"
	heartbeatBody            = "heartbeat"
	consistencyBody          = "consistency"
	orderAcknowledgementBody = "order-acknowledgement"
)

// Body is what a message says: one of *PayloadBody, *AcknowledgementBody, *HeartbeatBody, *ConsistencyBody and
// *OrderBody.
type Body interface {
	// array is the kind, and the JSON array of the body.
	array() (kind byte, array string)
}

// PayloadBody is a text.
type PayloadBody struct {
	Type string `json:"type" is:"payload"`
	Text string `json:"text"`
}

// AcknowledgementBody acknowledges, and says whether the user asked for it.
type AcknowledgementBody struct {
	Type   string `json:"type" is:"acknowledgement"`
	Manual bool   `json:"manual"`
}

// HeartbeatBody says nothing.
type HeartbeatBody struct {
	Type string `json:"type" is:"heartbeat"`
}

// ConsistencyBody asks to be acknowledged, and says whether its author writes no more.
type ConsistencyBody struct {
	Type  string `json:"type" is:"consistency"`
	Close bool   `json:"close"`
}

// OrderBody says what its author has as a packet of the line.
type OrderBody struct {
	Type      string   `json:"type" is:"order-acknowledgement"`
	PacketID  PacketID `json:"packetId"`
	ChainHash PacketID `json:"chainHash"`
}

func (b *PayloadBody) array() (byte, string)         { return 0, "[" + quoted(b.Text) + "]" }
func (b *AcknowledgementBody) array() (byte, string) { return 1, fmt.Sprintf("[%t]", b.Manual) }
func (b *HeartbeatBody) array() (byte, string)       { return 2, "[]" }
func (b *ConsistencyBody) array() (byte, string)     { return 3, fmt.Sprintf("[%t]", b.Close) }
func (b *OrderBody) array() (byte, string) {
	return 4, fmt.Sprintf(`["%s","%s"]`, b.PacketID, b.ChainHash)
}

// AnyBody reads a body of any kind.
type AnyBody struct{ Body Body }

// UnmarshalStrict reads the body.
func (b *AnyBody) UnmarshalStrict(value any) error {
	body, err := strict.Union(value, map[string]any{
		"payload": &PayloadBody{}, "acknowledgement": &AcknowledgementBody{}, "heartbeat": &HeartbeatBody{},
		"consistency": &ConsistencyBody{}, "order-acknowledgement": &OrderBody{},
	})
	if err != nil {
		return err
	}
	b.Body = body.(Body)
	if payload, ok := b.Body.(*PayloadBody); ok && len(payload.Text) > maximumText {
		return errors.New("too long")
	}
	return nil
}

// quoted is a text as a string of JSON in its one form.
func quoted(text string) string {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`}
	var out strings.Builder
	out.WriteByte('"')
	for _, character := range text {
		switch escaped, ok := short[character]; {
		case ok:
			out.WriteString(escaped)
		case character < 0x20:
			fmt.Fprintf(&out, `\u%04x`, character)
		default:
			out.WriteRune(character)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// encodeBody is the value of a MESSAGE_BODY.
func encodeBody(body Body) []byte {
	kind, array := body.array()
	return append([]byte{kind}, array...)
}

// decodeBody is the body that the value of a MESSAGE_BODY is.
func decodeBody(value []byte) (Body, error) {
	body := parseBody(value)
	// A body has one form: that in which it is written.
	if body == nil || !bytes.Equal(encodeBody(body), value) {
		return nil, refused("messages.body")
	}
	return body, nil
}

// parseBody reads a body in any form; it is nil for what is none.
func parseBody(value []byte) Body {
	if len(value) == 0 || !utf8.Valid(value[1:]) {
		return nil
	}
	var array []any
	if json.Unmarshal(value[1:], &array) != nil {
		return nil
	}
	switch value[0] {
	case 0:
		if text, ok := only[string](array); ok && text != "" {
			return &PayloadBody{payloadBody, text}
		}
	case 1:
		if manual, ok := only[bool](array); ok {
			return &AcknowledgementBody{acknowledgementBody, manual}
		}
	case 2:
		return &HeartbeatBody{heartbeatBody}
	case 3:
		if isLast, ok := only[bool](array); ok {
			return &ConsistencyBody{consistencyBody, isLast}
		}
	case 4:
		order := &OrderBody{Type: orderAcknowledgementBody}
		if len(array) == 2 && strict.Read(array[0], &order.PacketID) == nil && strict.Read(array[1], &order.ChainHash) == nil {
			return order
		}
	}
	return nil
}

// only is the one element of an array, if it is of the type.
func only[T any](array []any) (T, bool) {
	if len(array) != 1 {
		var none T
		return none, false
	}
	element, ok := array[0].(T)
	return element, ok
}

// The longest contents, and the sizes of padded plaintexts.
const (
	maximumPadded   = 32766
	maximumUnpadded = 65533
	smallestPadded  = 128
)

var contentLayout = []place{repeated(messageParentType), once(messageBodyType)}

// encodeContent is the plaintext of a message (steps 1 to 3 of messages.seal).
func encodeContent(parents []MessageID, body Body, padding bool) ([]byte, error) {
	if !distinct.Are(parents) {
		return nil, refused("messages.parents")
	}
	if payload, ok := body.(*PayloadBody); ok && payload.Text == "" {
		return nil, refused("messages.body")
	}
	records := []Record{}
	for _, parent := range slices.Sorted(slices.Values(parents)) {
		records = append(records, Record{messageParentType, parent.bytes()})
	}
	maximum := maximumUnpadded
	if padding {
		maximum = maximumPadded
	}
	content, err := encodeRecords(append(records, Record{messageBodyType, encodeBody(body)}))
	if err != nil || len(content) > maximum {
		return nil, refused("messages.size")
	}
	plaintext := append(binary.BigEndian.AppendUint16(nil, uint16(len(content))), content...)
	if padding {
		size := smallestPadded
		for size < len(plaintext) {
			size *= 2
		}
		plaintext = append(plaintext, make([]byte, size-len(plaintext))...)
	}
	return plaintext, nil
}

// content is what a plaintext contains.
type content struct {
	parents []MessageID
	value   []byte
}

// decodePlaintext does steps 5 to 8 of messages.open, without decryption.
func decodePlaintext(plaintext []byte) (content, error) {
	if len(plaintext) < 2 {
		return content{}, refused("messages.length")
	}
	length, rest := int(binary.BigEndian.Uint16(plaintext)), plaintext[2:]
	if length > len(rest) {
		return content{}, refused("messages.length")
	}
	if slices.ContainsFunc(rest[length:], func(padding byte) bool { return padding != 0 }) {
		return content{}, refused("messages.padding")
	}
	records, err := decodeRecords(rest[:length])
	if err != nil || !matches(records, contentLayout) || !haveLengths(records) {
		return content{}, refused("messages.content")
	}
	decoded := content{[]MessageID{}, value(records, messageBodyType)}
	for _, parent := range values(records, messageParentType) {
		decoded.parents = append(decoded.parents, MessageID(hexOf(parent)))
	}
	if !distinct.Are(decoded.parents) {
		return content{}, refused("messages.parents")
	}
	return decoded, nil
}

// encrypt encrypts, or decrypts, with AES in counter mode.
func encrypt(key []byte, iv IV, data []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("a cipher key of a length that was not checked: " + err.Error())
	}
	counter := append(iv[:], 0, 0, 0, 0)
	out := make([]byte, len(data))
	cipher.NewCTR(block, counter).XORKeyStream(out, data)
	return out
}

// subsessionHash is the hash with which each message of a subsession is signed.
func subsessionHash(sessionID, groupKey []byte) Key {
	return primitives.SHA256(slices.Concat(sessionID, groupKey))
}

// cipherKey is the first bytes of a group key, as many as there are.
func cipherKey(groupKey []byte, cipherKeyBytes uint64) []byte {
	return groupKey[:min(int(cipherKeyBytes), len(groupKey))]
}

// signedMessage is what the signature of a message covers.
func signedMessage(hash Key, signed []byte) []byte {
	return slices.Concat([]byte(messageContext), hash[:], signed)
}

// messageID is the identifier of a message.
func messageID(signature Signature, signed []byte) MessageID {
	hash := sha256.Sum256(append(signature[:], signed...))
	return MessageID(hexOf(hash[:20]))
}

// sealing is what a message is sealed with.
type sealing struct {
	hash               Key
	cipherKey          []byte
	ephemeralSecretKey Key
	iv                 IV
	padding            bool
	// index is that of the message in its author's chain, in a session with the ratchet.
	index *uint64
}

// sealMessage seals a message (messages.seal), and gives its packet and its identifier.
func sealMessage(with sealing, parents []MessageID, body Body) (string, MessageID, error) {
	plaintext, err := encodeContent(parents, body, with.padding)
	if err != nil {
		return "", "", err
	}
	payload := encrypt(with.cipherKey, with.iv, plaintext)
	var records []Record
	if with.index == nil {
		records = head(Version, dataMessage)
	} else {
		records = append(head(RatchetVersion, dataMessage), indexRecord(*with.index))
	}
	records = append(records, Record{messageIVType, with.iv[:]}, Record{messagePayloadType, payload})
	signed, err := encodeRecords(records)
	if err != nil {
		return "", "", err
	}
	signature := primitives.Sign(with.ephemeralSecretKey, signedMessage(with.hash, signed))
	records = append([]Record{{sidkeyHintType, with.hash[:1]}, {messageSignatureType, signature[:]}}, records...)
	text, err := encodeText(records)
	return text, messageID(signature, signed), err
}

// readingKeys is what is needed to verify the messages of a subsession: its members with their ephemeral public keys, and
// its hash.
type readingKeys struct {
	members    []Name
	publicKeys []Key
	hash       Key
}

// sealedMessage is a data packet, with or without an index.
type sealedMessage struct {
	id        MessageID
	hint      byte
	signature Signature
	signed    []byte
	index     uint64
	iv        IV
	payload   []byte
}

// sealedOf is the message of the records of a data packet.
func sealedOf(records []Record) (*sealedMessage, error) {
	signed, err := signedPart(records)
	if err != nil {
		return nil, err
	}
	message := &sealedMessage{
		hint:      value(records, sidkeyHintType)[0],
		signature: Signature(value(records, messageSignatureType)),
		signed:    signed,
		iv:        IV(value(records, messageIVType)),
		payload:   value(records, messagePayloadType),
	}
	if index := value(records, messageIndexType); index != nil {
		message.index = uint64(binary.BigEndian.Uint32(index))
	}
	message.id = messageID(message.signature, signed)
	return message, nil
}

// decodeMessage does step 1 of messages.open.
func decodeMessage(text string) (*sealedMessage, error) {
	packet, err := Decode(text, Version)
	if err != nil {
		return nil, err
	}
	data, ok := packet.(*DataPacket)
	if !ok {
		return nil, refused("messages.kind")
	}
	return sealedOf(data.records(Version))
}

// check does steps 2 to 4 of messages.open.
func (m *sealedMessage) check(keys readingKeys, author Name) error {
	if m.hint != keys.hash[0] {
		return refused("messages.hint")
	}
	key, ok := at(keys.members, keys.publicKeys, author)
	if !ok {
		return refused("messages.author")
	}
	if !primitives.Verify(key, signedMessage(keys.hash, m.signed), m.signature) {
		return refused("messages.signature")
	}
	return nil
}

// decrypt does steps 5 to 8 of messages.open.
func (m *sealedMessage) decrypt(cipherKey []byte) (content, error) {
	return decodePlaintext(encrypt(cipherKey, m.iv, m.payload))
}

// open does steps 5 to 9 of messages.open.
func (m *sealedMessage) open(cipherKey []byte) (parents []MessageID, body Body, err error) {
	opened, err := m.decrypt(cipherKey)
	if err != nil {
		return nil, nil, err
	}
	body, err = decodeBody(opened.value)
	return opened.parents, body, err
}

// signError signs and encodes an error (messages.sign-error).
func signError(packet *ErrorPacket, ephemeralSecretKey Key) (string, error) {
	signed, err := signedPart(packet.records(Version))
	if err != nil {
		return "", err
	}
	signature := primitives.Sign(ephemeralSecretKey, append([]byte(errorContext), signed...))
	packet.Signature = &signature
	return Encode(packet, Version)
}

// verifyError verifies the signature of an error (messages.verify-error).
func verifyError(text string, key Key) (*ErrorPacket, error) {
	packet, err := Decode(text, Version)
	if err != nil {
		return nil, err
	}
	failure, ok := packet.(*ErrorPacket)
	if !ok {
		return nil, refused("messages.kind")
	}
	signed, err := signedPart(failure.records(Version))
	if err != nil {
		return nil, err
	}
	if failure.Signature == nil || !primitives.Verify(key, append([]byte(errorContext), signed...), *failure.Signature) {
		return nil, refused("messages.error")
	}
	return failure, nil
}
