// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres

/// Somebody's own secret store.
struct Password: LoginSecretProvider {
    func secret(host: String, port: Int, user: String) async throws -> Secret { Secret("guess") }
}

@main
enum Consumer {
    static func main() async {
        let configuration = PostgresConfiguration(writer: PostgresEndpoint(host: "localhost", port: 1), user: "sso")
        let provisioner = PostgresProvisioner(configuration, owner: "consumer", secrets: Password())
        let access = SessionAccess(.reading, runId: "consumer", deadline: .now.advanced(by: .seconds(5)))
        do {
            await (try provisioner.openSession(access)).close()
            print("connected")
        } catch let error as SyncError {
            print("refused: \(error.code)")
        } catch {
            print("refused with another error: \(error)")
        }
    }
}
