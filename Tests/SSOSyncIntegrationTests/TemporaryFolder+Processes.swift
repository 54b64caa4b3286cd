// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport
import Testing

extension TemporaryFolder {
    /// Sends a signal to the process of the function that is deployed in this folder, of which there has to be one.
    func send(_ signal: Int32) throws {
        let variable = "LAMBDA_TASK_ROOT=\(path)"
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.filter {
            pid in
            let file = FileHandle(forReadingAtPath: "/proc/\(pid)/environ")
            let variables = String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
            return variables.split(separator: "\0").contains { $0 == variable }
        }
        let pid = try #require(processes.first)
        #expect(processes.count == 1 && kill(pid, signal) == 0)
    }
}
