(** The chapter "causal-broadcast", former members: what is withheld of them, what releases it,
    and that nothing counts which a removed member sends when all know of its removal.

    Members are numbers, as in CausalBroadcast.v. Given are: what a message is, who is in the view of one who has taken
    certain messages, and which of these a member knew as of its last message. Nothing is asked of them but what the
    theorems say: so they hold of the views of the chapter "group-membership".
    Not modelled: envelopes, signatures, and that a message is taken together with what shows it, or not at all:
    here it is enough that this is held. *)
From Coq Require Import List Arith Bool Lia.
From Conclave Require Import CausalBroadcast.
Import ListNotations.

Section Former.
  (** Whether a message is an update, a remove or an add; and whom it removes. *)
  Variable counted : message -> bool.
  Variable removed : message -> option nat.
  (** By what was taken: who is in our view, and whether a member knew a message as of its last one. *)
  Variable view : list message -> nat -> bool.
  Variable knew : list message -> nat -> message -> bool.

  Definition removal_of (x : nat) (r : message) : bool :=
    match removed r with Some y => y =? x | None => false end.
  (** We know a removal of [x]. *)
  Definition former (l : list message) (x : nat) : bool := existsb (removal_of x) l.
  (** [m] may have made a member leave that did not know of every removal of [x]. *)
  Definition may_have_left (l : list message) (m : message) (x : nat) : bool :=
    match removed m with
    | Some y => view l y && existsb (fun r => removal_of x r && negb (knew l y r)) l
    | None => false
    end.
  (** [e] acknowledges [m], or what comes after it. *)
  Definition acknowledges_from (e m : message) : bool :=
    existsb (fun a => (fst a =? sender m) && (number m <=? snd a)) (acknowledges e).
  (** [e], or what it acknowledges of those who are not in our view, may have made a member leave
      that did not know of every removal of the sender of [e]. *)
  Definition made_leave (l h : list message) (e : message) : bool :=
    existsb (fun o => acknowledges_from e o && negb (view l (sender o)) && may_have_left l o (sender e)) h.
  (** When what has come shows that [m] counts (causal-broadcast.release). *)
  Definition shows (l h : list message) (e m : message) : bool :=
    (sender e =? sender m) && (number m <? number e) && may_have_left l e (sender m)
    || acknowledges_from e m && (view l (sender e) || may_have_left l e (sender e) ||
         may_have_left l m (sender e) || made_leave l h e).
  Definition withheld (l h : list message) (m : message) : bool :=
    counted m && former l (sender m) && negb (may_have_left l m (sender m)) &&
    negb (existsb (fun e => shows l h e m) h).

  (** ** One receiver *)

  Section Receiver.
    Variable base : nat -> nat.
    Let run := run base withheld.

    Lemma made_leave_by_more l h keeps e : made_leave l (filter keeps h) e = true -> made_leave l h e = true.
    Proof.
      unfold made_leave; rewrite !existsb_exists; intros [o [I S]]; apply filter_In in I; exists o; tauto.
    Qed.
    (** What is lost shows nothing that was not shown. *)
    Lemma shown_by_more t h keeps m : withheld t (filter keeps h) m = false -> withheld t h m = false.
    Proof.
      unfold withheld; destruct (counted m && former t (sender m) && negb _); simpl; auto.
      rewrite !negb_false_iff, !existsb_exists; intros [e [I S]]; apply filter_In in I; exists e; split; [tauto|].
      unfold shows in *; apply orb_true_iff in S; apply orb_true_iff; destruct S as [S|S]; [now left|right].
      apply andb_true_iff in S; destruct S as [S1 S2]; rewrite S1; simpl; apply orb_true_iff in S2; apply orb_true_iff.
      destruct S2 as [S2|S2]; [now left|right; now apply made_leave_by_more with keeps].
    Qed.

    (** [causal-broadcast.withheld] What is withheld is taken as soon as it is shown: an update, remove or add
        of a former member that is its sender's next, comes after nothing that is missing, and is acknowledged by
        something held of a member of our view, is not held.
        That it is taken together with what shows it is not modelled. *)
    Theorem released_when_shown l m e : In e (held (run l)) -> is_due base (taken (run l)) m = true ->
      acknowledges_from e m = true -> view (taken (run l)) (sender e) = true -> ~ In m (held (run l)).
    Proof.
      intros Ie Due Ac Vw Im; pose proof (held_retried base withheld l shown_by_more m Im) as T.
      fold run in T; unfold takes in T; rewrite Due in T; simpl in T; apply negb_false_iff in T; unfold withheld in T.
      apply andb_true_iff in T; destruct T as [_ T]; apply negb_true_iff in T.
      assert (X : existsb (fun x => shows (taken (run l)) (held (run l)) x m) (held (run l)) = true); [|congruence].
      apply existsb_exists; exists e; split; auto; unfold shows; rewrite Ac, ?Vw; apply orb_true_r.
    Qed.

    (** [causal-broadcast.withheld] An update, remove or add of one of whom a removal was taken is taken only when
        a member may have left by it or by a later message of its sender, or when it is acknowledged by a member of our
        view, or by a second former member of whose removal one may not know who is removed by it, by what acknowledges
        it, or by what is acknowledged beside it. *)
    Theorem taken_when_shown l h m : takes base withheld l h m = true -> counted m = true ->
      former l (sender m) = true -> may_have_left l m (sender m) = true \/ exists e, In e h /\
        ((acknowledges_from e m = true /\ (view l (sender e) = true \/ may_have_left l e (sender e) = true \/
            may_have_left l m (sender e) = true \/ made_leave l h e = true)) \/
         (sender e = sender m /\ number m < number e /\ may_have_left l e (sender m) = true)).
    Proof.
      unfold takes, withheld; intros T C F; apply andb_true_iff in T; destruct T as [_ T]; rewrite C, F in T.
      simpl in T; apply negb_true_iff, andb_false_iff in T; destruct T as [T|T]; apply negb_false_iff in T; auto; right.
      apply existsb_exists in T; destruct T as [e [I S]]; exists e; split; auto; unfold shows in S.
      apply orb_true_iff in S; destruct S as [S|S].
      - right; apply andb_true_iff in S; destruct S as [S S3]; apply andb_true_iff in S; destruct S as [S1 S2].
        apply Nat.eqb_eq in S1; apply Nat.ltb_lt in S2; auto.
      - left; apply andb_true_iff in S; destruct S as [S1 S2]; rewrite !orb_true_iff in S2; tauto.
    Qed.
  End Receiver.

  (** ** All members *)

  (** [x] was removed by [r]. *)
  Variables (x : nat) (r : message).
  Hypothesis Removal : removal_of x r = true.

  (** By member: what it has taken; all messages that there are, whoever made them;
      and the members of whom it is known that they have taken [r]. *)
  Record group := Group { took : nat -> list message; sent : message -> Prop; knowing : nat -> Prop }.

  Definition at_ {A} (f : nat -> A) (p : nat) (v : A) : nat -> A := fun y => if y =? p then v else f y.

  (** Whom [m] removes of the view is known to know every removal that was taken: it does not leave by [m]. *)
  Definition harmless (l : list message) (m : message) : Prop := forall y, removed m = Some y -> view l y = true ->
    forall z q, In q l -> removal_of z q = true -> knew l y q = true.
  (** All in the view are of those who know, but for one who is being added and has sent nothing yet. *)
  Definition known_to_all (g : group) (l : list message) : Prop := forall y, view l y = true ->
    knowing g y \/ forall e, sent g e -> sender e <> y.

  (** One of those who know acknowledges only what it has taken, and no acknowledgement: so it lends nobody one.
      It takes what is not withheld by what has come to it. When that is an update, remove or add of [x],
      the removal is known to all, and neither this message nor another that is held, of [x] or of one who is not in the
      view, makes anybody leave who may not know of all removals. Who is added by one of them begins with what that one
      had taken, and is one of them. All others send and take what they like; so does everybody what is not of [x]. *)
  Inductive moves : group -> group -> Prop :=
  | Sends g e :
      (knowing g (sender e) -> forall a, In a (acknowledges e) ->
        exists m, In m (took g (sender e)) /\ sender m = fst a /\ number m = snd a /\ counted m = true) ->
      moves g (Group (at_ (took g) (sender e) (e :: took g (sender e))) (fun y => sent g y \/ y = e) (knowing g))
  | Takes g p m h : (forall e, In e h -> sent g e) -> (knowing g p -> withheld (took g p) h m = false) ->
      (knowing g p -> sender m = x -> counted m = true -> known_to_all g (took g p) /\ harmless (took g p) m /\
        forall e, In e h -> sender e = x \/ view (took g p) (sender e) = false -> harmless (took g p) e) ->
      moves g (Group (at_ (took g) p (m :: took g p)) (sent g) (knowing g))
  | Joins g p q : ~ knowing g p -> (forall e, sent g e -> sender e <> p) -> p <> x -> knowing g q ->
      moves g (Group (at_ (took g) p (took g q)) (sent g) (fun y => knowing g y \/ y = p)).

  Inductive later : group -> group -> Prop :=
  | later_now g : later g g
  | later_more g g1 g2 : later g g1 -> moves g1 g2 -> later g g2.

  Lemma nobody_left l m z : harmless l m -> may_have_left l m z = false.
  Proof.
    intros H; unfold may_have_left; destruct (removed m) as [y|] eqn:E; auto.
    destruct (view l y) eqn:V; auto; simpl; destruct (existsb _ _) eqn:X; auto; exfalso.
    apply existsb_exists in X; destruct X as [q [Iq X]]; apply andb_true_iff in X; destruct X as [X1 X2].
    apply negb_true_iff in X2; rewrite (H y E V z q Iq X1) in X2; discriminate.
  Qed.

  (** Those who know have taken the removal; [x] is none of them. *)
  Definition is_out (g : group) : Prop := ~ knowing g x /\ forall p, knowing g p -> In r (took g p).
  (** Those who know have taken, and acknowledged, no message of [x] from the number [k] on
      but what is an acknowledgement itself. *)
  Definition kept_out (k : nat) (g : group) : Prop :=
    (forall p m, knowing g p -> In m (took g p) -> sender m = x -> counted m = true -> number m < k) /\
    (forall e a, sent g e -> knowing g (sender e) -> In a (acknowledges e) -> fst a = x -> snd a < k).

  Lemma stays_out g g1 : moves g g1 -> is_out g -> is_out g1.
  Proof.
    intros M [Nx K]; destruct M as [g e Own|g p m h Came Held Known|g p q New None_ Np Kq]; split; simpl; auto.
    - intros w Kw; unfold at_; destruct (w =? sender e) eqn:E; auto; apply Nat.eqb_eq in E; subst w; right; auto.
    - intros w Kw; unfold at_; destruct (w =? p) eqn:E; auto; apply Nat.eqb_eq in E; subst w; right; auto.
    - intros [H|H]; auto.
    - intros w Kw; unfold at_; destruct (w =? p) eqn:E; auto; destruct Kw as [Kw|Kw]; auto; apply Nat.eqb_neq in E.
      congruence.
  Qed.

  (** [causal-broadcast.withheld] When all are known to have processed a removal, nothing that the removed one sends
      later counts, as long as it removes only members that are known to know of all removals,
      unless a member lends it an acknowledgement. *)
  Theorem nothing_counts k g g' : later g g' -> is_out g -> kept_out k g -> kept_out k g'.
  Proof.
    intros L O Out; assert (G : is_out g' /\ kept_out k g'); [|tauto].
    induction L as [g|g g1 g2 L IH M]; auto; destruct (IH O Out) as [O1 [T A]]; clear IH O Out.
    split; [now apply stays_out with g1|]; destruct O1 as [Nx K].
    destruct M as [g1 e Own|g1 p m h Came Held Known|g1 p q New None_ Np Kq]; split; simpl in *.
    - intros p m Kp I S C; unfold at_ in I; destruct (p =? sender e) eqn:E; [|now apply (T p)].
      apply Nat.eqb_eq in E; destruct I as [<-|I]; [subst p; rewrite S in Kp; tauto|].
      apply (T p m); auto; now rewrite E.
    - intros e' a [Se|Ee] Ke Ia F; [now apply (A e')|]; subst e'.
      destruct (Own Ke a Ia) as [m [Im [Sm [Nm Cm]]]]; rewrite <- Nm; apply (T (sender e)); auto; congruence.
    - intros p' m' Kp I S C; unfold at_ in I; destruct (p' =? p) eqn:E; [|now apply (T p')].
      apply Nat.eqb_eq in E; subst p'; destruct I as [E|I]; [subst m'|now apply (T p)].
      specialize (Held Kp); destruct (Known Kp S C) as [Vw [Hm He]].
      assert (F : former (took g1 p) (sender m) = true) by (apply existsb_exists; exists r; rewrite S; auto).
      unfold withheld in Held; rewrite C, F, (nobody_left (took g1 p) m) in Held; auto; simpl in Held.
      apply negb_false_iff, existsb_exists in Held; destruct Held as [e [Ie Sh]]; unfold shows in Sh.
      rewrite (nobody_left (took g1 p) m), orb_false_r in Sh; auto; apply orb_true_iff in Sh; destruct Sh as [Sh|Sh].
      { exfalso; apply andb_true_iff in Sh; destruct Sh as [Sh X]; apply andb_true_iff in Sh; destruct Sh as [Sh _].
        apply Nat.eqb_eq in Sh; rewrite nobody_left in X; [discriminate|]; apply He; auto; left; congruence. }
      apply andb_true_iff in Sh; destruct Sh as [Ac Ve]; unfold acknowledges_from in Ac; apply existsb_exists in Ac.
      assert (Nl : made_leave (took g1 p) h e = false).
      { unfold made_leave; destruct (existsb _ h) eqn:X; auto; exfalso; apply existsb_exists in X.
        destruct X as [o [Io X]]; apply andb_true_iff in X; destruct X as [X Xl]; apply andb_true_iff in X.
        destruct X as [_ Xv]; apply negb_true_iff in Xv; rewrite nobody_left in Xl; [discriminate|]; apply He; auto. }
      rewrite Nl, orb_false_r in Ve; destruct (view (took g1 p) (sender e)) eqn:Ev;
        [clear Ve; rename Ev into Ve|rewrite nobody_left in Ve; [discriminate|]; apply He; auto].
      destruct Ac as [a [Ia Ac]]; apply andb_true_iff in Ac; destruct Ac as [A1 A2]; apply Nat.eqb_eq in A1.
      apply Nat.leb_le in A2; destruct (Vw (sender e) Ve) as [Ke|Ns]; [|exfalso; now apply (Ns e); auto].
      assert (snd a < k) by (apply (A e a); auto; congruence); lia.
    - intros e a Se Ke; now apply (A e).
    - intros p' m' Kp I S C; unfold at_ in I; destruct (p' =? p) eqn:E; [now apply (T q)|].
      destruct Kp as [Kp|Kp]; [now apply (T p')|apply Nat.eqb_neq in E; congruence].
    - intros e a Se [Ke|Ke]; [now apply (A e)|exfalso; now apply (None_ e)].
  Qed.
End Former.

(** [causal-broadcast.withheld] The other removals matter: 1 knows that 2 knows of the removal of 8,
    but not that it knows of the removal of 9. Then the acknowledgement of 9, a former member too,
    shows that the removal of 2 by 8 counts. *)
Theorem another_former_member_shows :
  let removal_8 := Message 1 1 [] 0 in let removal_9 := Message 1 2 [] 0 in
  let by_8 := Message 8 1 [] 0 in let by_9 := Message 9 1 [(8, 1)] 0 in
  let removed m := if sender m =? 8 then Some 2 else if sender m =? 9 then None else
    Some (if number m =? 1 then 8 else 9) in
  let view (_ : list message) y := y <=? 2 in
  let knew (_ : list message) y m := (y =? 1) || (number m =? 1) in
  let is_withheld := withheld (fun _ => true) removed view knew [removal_9; removal_8] in
  is_withheld [] by_8 = true /\ is_withheld [by_9] by_8 = false /\
  knew [removal_9; removal_8] 2 removal_8 = true /\ view [removal_9; removal_8] 9 = false.
Proof. vm_compute; auto. Qed.

(** [nothing_counts] speaks of something, also while members are added: 1 has removed 8, and 2 has acknowledged
    a message of 8. 1 adds 3, and then takes that message, which is shown to count;
    nothing of 8 from the number 2 on does. *)
Example it_goes_on :
  let removal := Message 1 1 [] 0 in let addition := Message 1 2 [] 0 in
  let by_8 := Message 8 1 [] 0 in let ack := Message 2 1 [(8, 1)] 0 in
  let counted m := match acknowledges m with [] => true | _ => false end in
  let removed m := if (sender m =? 1) && (number m =? 1) then Some 8 else None in
  let view l y := (y =? 1) || (y =? 2) || (y =? 3) && existsb (fun m => (sender m =? 1) && (number m =? 2)) l in
  let knew (_ : list message) (_ : nat) (_ : message) := true in
  let g := Group (fun p => if p =? 1 then [removal] else [removal; ack; by_8])
    (fun m => m = removal \/ m = ack \/ m = by_8) (fun p => p = 1 \/ p = 2) in
  is_out 8 removal g /\ kept_out counted 8 2 g /\ exists g', later counted removed view knew 8 g g' /\
    knowing g' 3 /\ took g' 1 = [by_8; addition; removal].
Proof.
  intros removal addition by_8 ack counted removed view knew g; split; [|split].
  - split; simpl; [lia|]; intros p [-> | ->]; simpl; auto.
  - split; simpl.
    + intros p m [-> | ->]; simpl; intuition (subst; simpl in *; try discriminate; lia).
    + intros e a [->|[->| ->]] K I F; simpl in *; try tauto; destruct I as [<-|[]]; simpl; lia.
  - set (g1 := Group (at_ (took g) 1 (addition :: took g 1)) (fun y => sent g y \/ y = addition) (knowing g)).
    set (g2 := Group (at_ (took g1) 3 (took g1 1)) (sent g1) (fun y => knowing g1 y \/ y = 3)).
    exists (Group (at_ (took g2) 1 (by_8 :: took g2 1)) (sent g2) (knowing g2)).
    split; [|split; [simpl; auto|reflexivity]].
    apply later_more with g2; [apply later_more with g1; [apply later_more with g; [apply later_now|]|]|].
    + apply (Sends counted removed view knew 8 g addition); intros _ a [].
    + apply (Joins counted removed view knew 8 g1 3 1); simpl; try lia.
      intros e [[->|[->| ->]]| ->]; simpl; lia.
    + apply (Takes counted removed view knew 8 g2 1 by_8 [ack]); [intros e [<-|[]]; simpl; auto|reflexivity|].
      intros _ _ _; split; [|split; [intros y E; discriminate|intros e [<-|[]] E y F; discriminate]].
      intros y Vy; left; unfold view in Vy; simpl in *; apply orb_true_iff in Vy; destruct Vy as [Vy|Vy].
      * apply orb_true_iff in Vy; rewrite !Nat.eqb_eq in Vy; tauto.
      * apply andb_true_iff in Vy; rewrite Nat.eqb_eq in Vy; tauto.
Qed.
