(* The conformance peer of the proofs: the layer membership, and the thresholds of cooperation.
   What decides is extracted from Coq (module Extracted). This file is trusted: JSON, identifiers as numbers, names of clauses. *)
open Extracted

(* --- JSON --- *)

type json = Null | Bool of bool | Num of float | Str of string | Arr of json list | Obj of (string * json) list

exception Not_json

let parse text =
  let at = ref 0 and stop = String.length text in
  let peek () = if !at < stop then text.[!at] else raise Not_json in
  let rec blank () =
    if !at < stop then match text.[!at] with ' ' | '\t' | '\n' | '\r' -> incr at; blank () | _ -> () in
  let eat c = blank (); if peek () = c then incr at else raise Not_json in
  let word name value =
    let size = String.length name in
    if !at + size <= stop && String.sub text !at size = name then (at := !at + size; value) else raise Not_json in
  let escaped into = function
    | 'n' -> Buffer.add_char into '\n' | 't' -> Buffer.add_char into '\t' | 'r' -> Buffer.add_char into '\r'
    | 'b' -> Buffer.add_char into '\b' | 'f' -> Buffer.add_char into '\012'
    | 'u' ->
      if !at + 4 > stop then raise Not_json;
      let code = try int_of_string ("0x" ^ String.sub text !at 4) with _ -> raise Not_json in
      at := !at + 4;
      Buffer.add_utf_8_uchar into (if Uchar.is_valid code then Uchar.of_int code else Uchar.rep)
    | c -> Buffer.add_char into c in
  let str () =
    eat '"';
    let into = Buffer.create 32 in
    let rec go () =
      match peek () with
      | '"' -> incr at
      | '\\' -> incr at; let c = peek () in incr at; escaped into c; go ()
      | c -> Buffer.add_char into c; incr at; go () in
    go (); Buffer.contents into in
  let rec value () =
    blank ();
    match peek () with
    | '{' -> incr at; list '}' (fun () -> blank (); let key = str () in eat ':'; (key, value ())) (fun l -> Obj l)
    | '[' -> incr at; list ']' value (fun l -> Arr l)
    | '"' -> Str (str ())
    | 't' -> word "true" (Bool true) | 'f' -> word "false" (Bool false) | 'n' -> word "null" Null
    | _ ->
      let from = !at in
      while !at < stop && String.contains "0123456789-+.eE" text.[!at] do incr at done;
      (match float_of_string_opt (String.sub text from (!at - from)) with Some f when !at > from -> Num f | _ -> raise Not_json)
  and list : 'a. char -> (unit -> 'a) -> ('a list -> json) -> json = fun close item make ->
    blank ();
    if peek () = close then (incr at; make [])
    else
      let rec more found =
        let found = item () :: found in
        blank ();
        let c = peek () in
        incr at;
        if c = ',' then more found else if c = close then make (List.rev found) else raise Not_json in
      more [] in
  let all = value () in
  blank (); if !at < stop then raise Not_json; all

let quote s =
  let into = Buffer.create (String.length s + 2) in
  let put = function
    | '"' -> Buffer.add_string into "\\\"" | '\\' -> Buffer.add_string into "\\\\"
    | c when c < ' ' -> Buffer.add_string into (Printf.sprintf "\\u%04x" (Char.code c))
    | c -> Buffer.add_char into c in
  Buffer.add_char into '"'; String.iter put s; Buffer.add_char into '"'; Buffer.contents into

let rec show = function
  | Null -> "null" | Bool b -> string_of_bool b | Num f -> Printf.sprintf "%.0f" f | Str s -> quote s
  | Arr l -> "[" ^ String.concat "," (List.map show l) ^ "]"
  | Obj l -> "{" ^ String.concat "," (List.map (fun (k, v) -> quote k ^ ":" ^ show v) l) ^ "}"

(* --- Parameters --- *)

exception No_call

let field key = function Obj l -> (try List.assoc key l with Not_found -> raise No_call) | _ -> raise No_call
let fields keys = function
  | Obj l when List.length l = List.length keys && List.for_all (fun (k, _) -> List.mem k keys) l -> ()
  | _ -> raise No_call
let items = function Arr l -> l | _ -> raise No_call
let text = function Str s -> s | _ -> raise No_call
let whole least = function
  | Num f when Float.is_integer f && f >= least && f <= 4294967295. -> int_of_float f
  | _ -> raise No_call

let rec positive i = if i = 1 then XH else if i land 1 = 1 then XI (positive (i lsr 1)) else XO (positive (i lsr 1))
let number i = if i = 0 then N0 else Npos (positive i)
let rec of_nat = function O -> 0 | S k -> 1 + of_nat k
let rec to_nat i = if i = 0 then O else S (to_nat (i - 1))

(* A member is its 16 bytes, read as one number with the first byte highest: the order is the same. *)
let member = function
  | Str s when String.length s = 32 ->
    let bit n set = match n with N0 -> if set then Npos XH else N0 | Npos p -> Npos (if set then XI p else XO p) in
    let digit n c =
      let d = match c with '0' .. '9' -> Char.code c - 48 | 'a' .. 'f' -> Char.code c - 87 | _ -> raise No_call in
      List.fold_left (fun n mask -> bit n (d land mask <> 0)) n [ 8; 4; 2; 1 ] in
    Seq.fold_left digit N0 (String.to_seq s)
  | _ -> raise No_call
let hex n =
  let digits = Array.make 32 0 in
  let put at = digits.(31 - (at / 4)) <- digits.(31 - (at / 4)) lor (1 lsl (at mod 4)) in
  let rec go at = function XH -> put at | XO p -> go (at + 1) p | XI p -> put at; go (at + 1) p in
  (match n with N0 -> () | Npos p -> go 0 p);
  String.concat "" (Array.to_list (Array.map (Printf.sprintf "%x") digits))

let operation o =
  let kind = text (field "type" o) in
  let keys = match kind with
    | "create" -> [ "members" ] | "add" | "remove" -> [ "member" ] | "ack" -> [ "ofSender"; "ofSeq" ] | _ -> raise No_call in
  fields ([ "type"; "sender"; "seq" ] @ keys) o;
  let what = match kind with
    | "create" ->
      let all = List.map member (items (field "members" o)) in
      if all = [] || List.length all > 1024 then raise No_call else Create all
    | "add" -> Add (member (field "member" o))
    | "remove" -> Remove (member (field "member" o))
    | _ -> Ack (member (field "ofSender" o), number (whole 1. (field "ofSeq" o))) in
  { sender = member (field "sender" o); seqno = number (whole 1. (field "seq" o)); what }

(* --- Methods --- *)

let accepted l = Obj [ ("verdict", Str "accepted"); ("output", Obj l) ]
let refused clause = Obj [ ("verdict", Str "refused"); ("clause", Str clause) ]
let named = function
  | Create_first -> "membership.create-first" | Seq_rises -> "membership.seq-rises" | Ack_known -> "membership.ack-known"
let with_history params answer =
  match of_list (List.map operation (items (field "operations" params))) with
  | Inr clause -> refused (named clause)
  | Inl history -> accepted (answer history)

let members_json l = Arr (List.map (fun m -> Str (hex m)) l)
let count n = Num (float_of_int (of_nat n))
let counts l = Arr (List.map count l)
let knowledge k = Obj [ ("length", count k.len); ("unknown", counts k.unknown) ]
let positions history = List.mapi (fun at _ -> to_nat at) (changes history)
let senders_of history = List.sort_uniq compare (List.map (fun o -> hex o.sender) history)
let known_by get history =
  let of_sender m = match get (member (Str m)) with Some k -> [ (m, knowledge k) ] | None -> [] in
  Obj (List.concat_map of_sender (senders_of history))

let thresholds params =
  fields [ "n"; "faults"; "sensitivity" ] params;
  let get key =
    let i = whole 0. (field key params) in
    if i > 65_536 then raise No_call else to_nat i in
  let n = get "n" and t = get "faults" and k = get "sensitivity" in
  if is_electorate n t k then
    accepted [ ("usualFaults", count (usual_faults n)); ("witness", count (witness_size t k)); ("ready", count (ready_size n t));
               ("gate", count (gate_size n t)); ("candidate", count k) ]
  else refused "cooperation.electorate"

(* Not of the protocol: all that the chapter defines of a history, and whom each change would await if it were an update, to compare with TypeScript. *)
let everything params =
  with_history params (fun history ->
      let kept = keep history and order = before history and oldest_first = List.rev history in
      let view_at p = match knowledge_at kept p with Some k -> members_json (compact_view kept k) | None -> Null in
      [ ("members", members_json (members history order));
        ("before", Arr (List.map (fun b -> Arr (List.map (fun a -> Bool (order a b)) oldest_first)) oldest_first));
        ("views", Arr (List.map (fun o -> members_json (member_view history o.sender o.seqno)) oldest_first));
        ("unknown", Arr (List.map (fun p -> counts (unknown_to history p)) (positions history)));
        ("known", known_by (knowledge_of history) history);
        ("keptUnknown", Arr (List.map (fun (_, u) -> counts u) kept.entries));
        ("keptKnown", known_by (knowledge_kept kept) history);
        ("keptViews", Arr (List.map view_at (positions history)));
        ("awaited", Arr (List.map (fun c -> members_json (awaited_of history c)) (changes history))) ])

let methods = [
  ("hello", fun _ ->
      Obj [ ("protocol", Str "conclave-peer/1"); ("name", Str "conclave-proofs"); ("version", Str "0.1.0"); ("language", Str "OCaml, extracted from Coq");
            ("suites", Arr [ Num 1. ]); ("layers", Arr [ Str "membership"; Str "cooperation" ]); ("options", Arr []) ]);
  ("reset", fun _ -> accepted []);
  ("membership.members", fun params ->
      fields [ "operations" ] params;
      with_history params (fun history -> [ ("members", members_json (members history (before history))) ]));
  ("membership.view", fun params ->
      fields [ "operations"; "member"; "seq" ] params;
      let m = member (field "member" params) and n = number (whole 0. (field "seq" params)) in
      with_history params (fun history -> [ ("members", members_json (member_view history m n)) ]));
  ("membership.kept", fun params ->
      fields [ "operations" ] params;
      with_history params (fun history ->
          let kept = keep history in
          [ ("unknown", Arr (List.map (fun (_, u) -> counts u) kept.entries)); ("known", known_by (knowledge_kept kept) history) ]));
  ("cooperation.thresholds", thresholds);
  ("everything", everything);
]

let () =
  try
    while true do
      let line = input_line stdin in
      let reply id rest = print_endline (show (Obj ([ ("jsonrpc", Str "2.0"); ("id", id) ] @ rest))) in
      let error id code says = reply id [ ("error", Obj [ ("code", Num (float_of_int code)); ("message", Str says) ]) ] in
      match parse line with
      | exception Not_json -> error Null (-32700) "not JSON"
      | request ->
        (match (field "id" request, text (field "method" request), try field "params" request with No_call -> Obj []) with
         | exception No_call -> error Null (-32600) "no request"
         | id, name, params ->
           (match List.assoc_opt name methods with
            | None -> error id (-32601) "no such method"
            | Some answer ->
              (match answer params with
               | result -> reply id [ ("result", result) ]
               | exception No_call -> error id (-32602) "parameters of the wrong shape")))
    done
  with End_of_file -> ()
