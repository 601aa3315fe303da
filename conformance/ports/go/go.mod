module conclave.example/port

go 1.25.0

require (
	filippo.io/edwards25519 v1.2.0
	golang.org/x/crypto v0.50.0
)

require golang.org/x/sys v0.43.0 // indirect
