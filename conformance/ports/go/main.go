// Command port is a peer of the conformance protocol: it reads requests on standard input, and answers on standard
// output.
//
// A package of a part has a function Register(*peer.Peer), called here. It declares its layers with Layer, keeps its
// handles in stores made by peer.NewStore, and registers each method by its name with Register. A handler takes its
// parameters by name, asks Done whether the call was one, and gives an output, or a verdict as an error (packages
// verdict and wire).
package main

import (
	"log"
	"os"

	"conclave.example/port/dcgka"
	"conclave.example/port/delivery"
	"conclave.example/port/internal/peer"
	"conclave.example/port/mpenc"
)

func main() {
	p := peer.New("conclave-go", "0.1.0")
	dcgka.Register(p)
	delivery.Register(p)
	mpenc.Register(p)
	if err := p.Serve(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}
