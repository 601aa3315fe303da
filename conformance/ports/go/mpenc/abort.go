package mpenc

import (
	"encoding/binary"
	"slices"

	"conclave.example/port/internal/primitives"
)

// abortType is the greet type of an abort.
const abortType = 0x00e3

// abortContext is what the signed bytes of a SESSION_SIGNATURE of an abort begin with.
const abortContext = "abortsig"

// Why an operation is aborted.
const (
	abortUser         = 1
	abortLate         = 2
	abortVerification = 3
	abortLeaving      = 4
)

var abortReasons = map[string]byte{
	"user": abortUser, "late": abortLate, "verification": abortVerification, "leaving": abortLeaving,
}

var abortLayout = []place{
	once(messageSignatureType), once(protocolVersionType), once(messageTypeType), once(greetTypeType), once(sourceType),
	once(destType), {memberType, 1, anyNumber}, once(prevPIType), once(abortReasonType), once(sessionSignatureType),
}

var publishedKeyLayout = []place{
	once(protocolVersionType), once(messageTypeType), once(sourceType), once(signingKeyType), repeated(subsessionHashType),
}

// abortHash is what a SESSION_SIGNATURE of an abort signs.
func abortHash(source []byte, operation []byte, reason byte) []byte {
	hash := primitives.SHA256(slices.Concat([]byte(abortContext), source, operation, []byte{reason}))
	return hash[:]
}

// abortText is the text of an abort (extensions.send-abort).
func abortText(me Name, identityKey Key, members []Name, operation PacketID, reason byte) (string, error) {
	sessionSignature := primitives.Sign(identityKey, abortHash([]byte(me), operation.bytes(), reason))
	records := append(head(Version, greetingMessage),
		Record{greetTypeType, binary.BigEndian.AppendUint16(nil, abortType)}, Record{sourceType, []byte(me)}, Record{destType, nil})
	for _, member := range members {
		records = append(records, Record{memberType, []byte(member)})
	}
	records = append(records, Record{prevPIType, operation.bytes()}, Record{abortReasonType, []byte{reason}},
		Record{sessionSignatureType, sessionSignature[:]})
	signed, err := encodeRecords(records)
	if err != nil {
		return "", err
	}
	signature := primitives.Sign(identityKey, append([]byte(greetingContext), signed...))
	return encodeText(append([]Record{{messageSignatureType, signature[:]}}, records...))
}

func isRecord(records []Record, at int, recordType uint64, value ...byte) bool {
	return at < len(records) && records[at].Type == recordType && string(records[at].Value) == string(value)
}

// isAbort says whether records are those of an abort, however wrong the rest of it is.
func isAbort(records []Record) bool {
	return isRecord(records, 2, messageTypeType, greetingMessage) && isRecord(records, 3, greetTypeType, abortType>>8, abortType&0xff)
}

// isPublishedKey says whether records are those of a published key, however wrong the rest of it is.
func isPublishedKey(records []Record) bool {
	return isRecord(records, 1, messageTypeType, publishedKeyMessage)
}

// checkNames checks that the values of records are names.
func checkNames(values [][]byte) error {
	if slices.ContainsFunc(values, func(value []byte) bool { return !isName(value) }) {
		return malformed("mpenc-records.name")
	}
	return nil
}

// checkAbortForm checks the records of an abort (step 1 of extensions.receive-abort).
func checkAbortForm(records []Record) error {
	reason := value(records, abortReasonType)
	hasForm := matches(records, abortLayout) && haveLengths(records) && isRecord(records, 1, protocolVersionType, Version) &&
		len(value(records, destType)) == 0 && abortUser <= reason[0] && reason[0] <= abortLeaving
	if !hasForm {
		return malformed("extensions.abort-form")
	}
	return checkNames(append(values(records, memberType), value(records, sourceType)))
}

// isSignedAbort says whether both signatures of an abort are by an identity key.
func isSignedAbort(records []Record, identityKey Key) (bool, error) {
	hash := abortHash(value(records, sourceType), value(records, prevPIType), value(records, abortReasonType)[0])
	signed, err := signedPart(records)
	if err != nil {
		return false, err
	}
	return primitives.Verify(identityKey, hash, Signature(value(records, sessionSignatureType))) &&
		primitives.Verify(identityKey, append([]byte(greetingContext), signed...), Signature(value(records, messageSignatureType))), nil
}

// checkKeyForm checks the records of a published key (step 1 of extensions.receive-key).
func checkKeyForm(records []Record) error {
	if !matches(records, publishedKeyLayout) || !haveLengths(records) || !isRecord(records, 0, protocolVersionType, Version) {
		return malformed("extensions.key-form")
	}
	return checkNames(values(records, sourceType))
}

// publishedKeyText is the text by which a key is published.
func publishedKeyText(me Name, secretKey Key, hashes []Key) (string, error) {
	records := append(head(Version, publishedKeyMessage), Record{sourceType, []byte(me)}, Record{signingKeyType, secretKey[:]})
	for _, hash := range hashes {
		records = append(records, Record{subsessionHashType, hash[:]})
	}
	return encodeText(records)
}
