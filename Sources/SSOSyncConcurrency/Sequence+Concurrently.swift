// SPDX-License-Identifier: Apache-2.0

extension Sequence where Element: Sendable {
    /// What becomes of each element when something is done with all of them at the same time.
    ///
    /// - Parameter body: May fail for one without keeping the others from being finished.
    /// - Returns: The elements in their order, each with its result.
    package func concurrently<Value: Sendable>(
        _ body: @escaping @Sendable (Element) async throws -> Value
    ) async -> [(element: Element, result: Result<Value, any Error>)] {
        let elements = Array(self)
        return await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            for (place, element) in elements.enumerated() {
                group.addTask {
                    do {
                        return (place, .success(try await body(element)))
                    } catch {
                        return (place, .failure(error))
                    }
                }
            }
            var results: [Int: Result<Value, any Error>] = [:]
            for await (place, result) in group { results[place] = result }
            return elements.enumerated().compactMap { place, element in results[place].map { (element, $0) } }
        }
    }
}
