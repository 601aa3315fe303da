(** What is extracted to OCaml for the conformance peer (peer.ml).
    Numbers stay what they are: slow, and nothing more to trust. *)
From Coq Require Import Extraction ExtrOcamlBasic NArith.
From Conclave Require Import GroupMembership Cooperation.
From Conclave Require Acknowledgements.
Definition awaited_of (h : history) (u : op) : list user := ascending (Acknowledgements.awaited N.eqb h u).
Extraction Language OCaml.
Extraction "extracted.ml" of_list members before member_view unknown_to knowledge_of changes keep compact_view
  knowledge_at knowledge_kept compact_before awaited_of
  is_electorate usual_faults witness_size ready_size gate_size.
