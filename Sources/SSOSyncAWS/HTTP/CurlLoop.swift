// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency

/// The loop that all transfers of one transport run in.
///
/// It blocks a queue's thread while there are transfers and leaves it when there are none. So nothing of libcurl's is
/// under way when a process ends that waits for nothing, and OpenSSL is not cleaned up under its feet. It does not begin
/// in a task: deadlines hold even if others block all threads that tasks run on.
final class CurlLoop: Sendable {
    private typealias Transfers = [ObjectIdentifier: CurlTransfer]

    private let executor = QueueExecutor(label: "sso-sync.http")
    private let configuration: CurlTransport.Configuration
    private let inbox = CurlInbox()
    private let multi = CurlMulti()

    init(_ configuration: CurlTransport.Configuration) {
        self.configuration = configuration
    }

    /// Begins a transfer.
    func submit(_ ticket: CurlTicket) { post(.submit(ticket)) }

    /// Ends a transfer that nobody waits for any more.
    func drop(_ ticket: CurlTicket) { post(.drop(ticket)) }

    private func post(_ command: CurlInbox.Command) {
        if inbox.post(command) {
            multi.wakeUp()
        } else {
            executor.start { self.run() }
        }
    }

    /// Goes on until there is nothing left to do.
    private func run() {
        var transfers: Transfers = [:]
        while true {
            for command in inbox.take() { carryOut(command, &transfers) }
            for outcome in multi.perform() { finish(outcome, &transfers) }
            guard !transfers.isEmpty else {
                if inbox.endsIfEmpty() { return }
                continue
            }
            multi.wait()
        }
    }

    private func carryOut(_ command: CurlInbox.Command, _ transfers: inout Transfers) {
        switch command {
        case .submit(let ticket): start(ticket, &transfers)
        case .drop(let ticket):
            guard let transfer = transfers.removeValue(forKey: ObjectIdentifier(ticket)) else { return }
            multi.remove(transfer)
        }
    }

    private func start(_ ticket: CurlTicket, _ transfers: inout Transfers) {
        guard !ticket.waiter.isFinished else { return }
        let timeLeft = ticket.deadline.map { ContinuousClock.now.duration(to: $0) }
        if let timeLeft, timeLeft < .milliseconds(1) {
            let message = "\(ticket.request.origin) was not asked: the time was up before"
            return ticket.waiter.finish(.failure(AWSError(.timedOut, message)))
        }
        guard let transfer = CurlTransfer(ticket, configuration, timeout: timeLeft), multi.add(transfer) else {
            let message = "libcurl did not take a request to \(ticket.request.origin): see that it knows HTTPS"
            return ticket.waiter.finish(.failure(AWSError(.connectFailed, message)))
        }
        transfers[ObjectIdentifier(ticket)] = transfer
    }

    private func finish(_ outcome: CurlMulti.Outcome, _ transfers: inout Transfers) {
        multi.remove(outcome.transfer)
        transfers[ObjectIdentifier(outcome.transfer.ticket)] = nil
        outcome.transfer.ticket.waiter.finish(outcome.result.mapError { $0 })
    }
}
