(** What is extracted to OCaml for the conformance peer (peer.ml).
    Numbers stay what they are: slow, and nothing more to trust. *)
From Coq Require Import Extraction ExtrOcamlBasic.
From Conclave Require Import GroupMembership Cooperation.
Extraction Language OCaml.
Extraction "extracted.ml" of_list members before member_view unknown_to knowledge_of changes keep compact_view
  knowledge_at knowledge_kept compact_before
  is_electorate usual_faults witness_size ready_size gate_size.
