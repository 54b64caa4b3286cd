// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency
import Testing

@Suite("Until the time is up")
struct UntilTimeTests {
    @Test func `what is cancelled was cut, however quickly it is back`() async {
        for _ in 0..<200 {
            let (stream, end) = AsyncStream<Void>.makeStream()
            let task = Task {
                await untilTime(.now + .seconds(60)) {
                    // Ends at once when the task is cancelled.
                    await withTaskCancellationHandler {
                        for await _ in stream {}
                    } onCancel: {
                        end.finish()
                    }
                }
                .wasCut
            }
            task.cancel()
            #expect(await task.value)
        }
    }

    @Test func `what is done in time was not cut, and what is not was`() async {
        let done = await untilTime(.now + .seconds(60)) { 1 }
        #expect(done.value == 1 && !done.wasCut)
        let late = await untilTime(.now + .milliseconds(1)) { try? await Task.sleep(for: .seconds(60)) }
        #expect(late.wasCut)
    }
}
