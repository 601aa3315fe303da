// A peer for `conclave`: the protocol, and the practice layer toy. Put your own layer in its place.
// The few lines of JSON at the end stand in for the library of your choice.
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.function.Function;

public class Peer {
    static final Map<String, List<Object>> states = new HashMap<>();
    static final Map<String, Function<Map<String, Object>, Object>> methods = new HashMap<>();

    static Object accepted(Object output) { return Json.object("verdict", "accepted", "output", output); }
    static Object refused(String clause) { return Json.object("verdict", "refused", "clause", clause); }

    static Object hello(Map<String, Object> params) {
        return Json.object("protocol", "conclave-peer/1", "name", "my-port", "version", "0.1.0", "language", "Java",
            "suites", List.of(1L), "layers", List.of("toy"), "options", List.of());
    }

    static Object reset(Map<String, Object> params) {
        states.clear();
        return accepted(Json.object());
    }

    static Object doubled(Map<String, Object> params) {
        if (!(params.get("value") instanceof Long value)) return Json.object("verdict", "malformed", "clause", "toy.number");
        return value < 0 ? refused("toy.positive") : accepted(Json.object("value", 2 * value));
    }

    static Object open(Map<String, Object> params) {
        states.put((String) params.get("on"), new ArrayList<>());
        return accepted(Json.object());
    }

    static Object receive(Map<String, Object> params) {
        List<Object> texts = states.get(params.get("on"));
        if (texts == null) return refused("toy.known");
        long number = (Long) params.get("number"), next = texts.size() + 1;
        if (number < next) return Json.object("verdict", "ignored", "reason", "duplicate");
        List<Object> missing = new ArrayList<>();
        for (long each = next; each < number; each++) missing.add(each);
        if (!missing.isEmpty()) return Json.object("verdict", "waiting", "missing", missing);
        texts.add(params.get("text"));
        return accepted(Json.object("texts", texts));
    }

    @SuppressWarnings("unchecked")
    static String answer(String line) {
        Map<String, Object> request = (Map<String, Object>) new Json(line).value();
        var method = methods.get(request.get("method"));
        Object error = Json.object("code", -32601L, "message", "no such method");
        return Json.text(method == null
            ? Json.object("jsonrpc", "2.0", "id", request.get("id"), "error", error)
            : Json.object("jsonrpc", "2.0", "id", request.get("id"), "result", method.apply((Map<String, Object>) request.get("params"))));
    }

    public static void main(String[] args) throws IOException {
        methods.put("hello", Peer::hello);
        methods.put("reset", Peer::reset);
        // Your methods go here; toy goes out, here and in hello, when the first of your own layers is in.
        methods.put("toy.double", Peer::doubled);
        methods.put("toy.open", Peer::open);
        methods.put("toy.receive", Peer::receive);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        for (String line; (line = in.readLine()) != null; ) { out.print(answer(line) + "\n"); out.flush(); }
    }
}

final class Json {
    private final String s;
    private int at = 0;
    Json(String s) { this.s = s; }

    static Map<String, Object> object(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) map.put((String) pairs[i], pairs[i + 1]);
        return map;
    }

    private boolean next(char c) { while (s.charAt(at) <= ' ') at++; if (s.charAt(at) != c) return false; at++; return true; }

    Object value() {
        if (next('{')) { var map = new LinkedHashMap<String, Object>(); while (!next('}')) { next(','); next('"'); String key = string(); next(':'); map.put(key, value()); } return map; }
        if (next('[')) { var list = new ArrayList<Object>(); while (!next(']')) { next(','); list.add(value()); } return list; }
        if (next('"')) return string();
        int from = at;
        while (at < s.length() && ",]} ".indexOf(s.charAt(at)) < 0) at++;
        String word = s.substring(from, at);
        return word.equals("null") ? null : word.equals("true") ? (Object) true : word.equals("false") ? (Object) false : (Object) Long.valueOf(word);
    }

    private String string() {
        var text = new StringBuilder();
        for (char c; (c = s.charAt(at++)) != '"'; ) {
            if (c == '\\') {
                c = s.charAt(at++);
                int plain = "bfnrt".indexOf(c);
                if (c == 'u') { c = (char) Integer.parseInt(s.substring(at, at + 4), 16); at += 4; }
                else if (plain >= 0) c = "\b\f\n\r\t".charAt(plain);
            }
            text.append(c);
        }
        return text.toString();
    }

    static String text(Object value) {
        if (value instanceof Map<?, ?> map) { var parts = new StringJoiner(",", "{", "}"); map.forEach((key, each) -> parts.add(text(key) + ":" + text(each))); return parts.toString(); }
        if (value instanceof List<?> list) { var parts = new StringJoiner(",", "[", "]"); list.forEach(each -> parts.add(text(each))); return parts.toString(); }
        if (!(value instanceof String string)) return String.valueOf(value);
        var out = new StringBuilder("\"");
        for (char c : string.toCharArray()) out.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        return out.append('"').toString();
    }
}
