// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Does work that blocks, without blocking a thread of the cooperative pool.
package func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
    }
}
