// Package dcgka implements the part dcgka: key agreement for groups without a server, and what stands on it.
package dcgka

import "conclave.example/port/internal/peer"

// Register adds the layers and methods of this part.
func Register(p *peer.Peer) {
	registerPrimitives(p)
}
