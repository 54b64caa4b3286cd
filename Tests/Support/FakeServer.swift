// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A server that misbehaves and records every byte it gets: a script over recording_server.py.
package final class FakeServer {
    package let port: Int
    private let process: BackgroundProcess
    private let folder: TemporaryFolder

    /// Starts one.
    /// - Parameters:
    ///   - script: The script's path from the repository's root.
    ///   - mode: What it does, as the script lists it.
    ///   - certificate: With which it offers TLS.
    package init(script: String, mode: String, certificate: TestCertificates.Pair?) throws {
        folder = try TemporaryFolder()
        let files = certificate.map { [$0.certificate, $0.key] } ?? []
        let path = ChildProcess.root.appending(path: script).path
        process = try BackgroundProcess(["python3", path, mode, folder.file("record")] + files)
        guard let line = process.readLine(), let port = Int(line) else {
            throw ChildProcess.Failure(description: "the fake server did not start")
        }
        self.port = port
    }

    /// Whether a client has connected.
    package var hasAccepted: Bool { FileManager.default.fileExists(atPath: folder.file("record.raw")) }

    /// Whether a client has connected and said anything.
    package var hasClient: Bool { !folder.contents("record.raw").isEmpty }

    /// Everything it got, as it came and out of TLS, after the client has gone.
    package func received() -> (raw: [UInt8], plain: [UInt8]) {
        _ = process.readLine()
        process.stop()
        return (folder.contents("record.raw"), folder.contents("record.plain"))
    }
}

extension [UInt8] {
    /// Whether a text's bytes are in these.
    package func contains(text: String) -> Bool {
        firstRange(of: Array(text.utf8)) != nil
    }
}
