// SPDX-License-Identifier: Apache-2.0

/// Resolves a path's dot segments and repeated slashes.
///
/// See RFC 3986, 5.2.4 (<https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4>). It departs from the RFC in one point:
/// a slash ends the result only if one ends the input, so `/a/b/..` becomes `/a` and not `/a/`. AWS's own signers do
/// so (botocore `remove_dot_segments`, aws-c-auth `s_append_normalized_path`).
enum PathNormalization {
    /// The path without empty, `.` and `..` segments; it never climbs above the root.
    static func normalize(_ path: String) -> String {
        let slash = UInt8(ascii: "/")
        var kept: [Substring.UTF8View] = []
        // Split by byte: a combining mark after a slash makes them one `Character`, and would hide the slash.
        for segment in path[...].utf8.split(separator: slash) {
            if segment.elementsEqual(".".utf8) { continue }
            if segment.elementsEqual("..".utf8) {
                _ = kept.popLast()
            } else {
                kept.append(segment)
            }
        }
        guard !kept.isEmpty else { return "/" }

        let joined = kept.map { "/" + Substring($0) }.joined()
        return path.utf8.last == slash ? joined + "/" : joined
    }
}
