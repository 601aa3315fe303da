// Package dcgka implements the part dcgka: key agreement for groups without a server, and what stands on it.
package dcgka

import "conclave.example/port/internal/peer"

// Register adds the layers and methods of this part.
func Register(p *peer.Peer) {
	users := peer.NewStore[*user](p)
	registerEncoding(p)
	registerPrimitives(p)
	registerKeyBundles(p, users)
	registerChannel(p, users)
	registerRatchet(p)
	registerMembership(p)
	registerKeyAgreement(p, users)
	registerBroadcast(p, users)
	registerApplication(p)
	registerMessaging(p)
	registerPlays(p)
}
