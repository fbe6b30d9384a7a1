import { useState } from "react";
import type { DataOf } from "@/api/client";
import { clientConfiguration } from "@/api/configuration";
import { useAction, useCall } from "@/api/hooks";
import { useAddresses } from "@/app/FirstSteps";
import { ago, dateTime } from "@/lib/format";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/CodeBlock";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Empty, Failure, Loading } from "@/ui/states";
import { toast } from "@/ui/toast";
import { Card } from "./Settings";
import styles from "./Settings.module.css";

type Pair = NonNullable<DataOf<"auth.create_credentials">["credentials"]>;
type Key = NonNullable<DataOf<"auth.get_credentials">["credentials"]>[number];

/** The key pairs of the person who is here. A secret is shown once, in the block that it belongs into. */
export function Credentials() {
  const keys = useCall("auth.get_credentials", {}, { live: true });
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Pair | null>(null);
  const [naming, setNaming] = useState<Key | null>(null);
  const [revoking, setRevoking] = useState<Key | null>(null);
  return (
    <Card
      title="Credentials"
      actions={
        <Button kind="primary" icon="key" onClick={() => setMaking(true)}>
          New key pair
        </Button>
      }
    >
      <p className={styles.intro}>
        A key pair lets a script or an agent work in your name. Give each machine its own, so that one can be revoked
        alone.
      </p>
      {keys.isPending && <Loading />}
      {keys.error && <Failure error={keys.error} retry={() => void keys.refetch()} />}
      {keys.data?.credentials?.length === 0 && (
        <Empty title="No key pairs" icon="key">
          <p>Make one, and paste the block that you get into clearml.conf of the machine that trains.</p>
        </Empty>
      )}
      {(keys.data?.credentials?.length ?? 0) > 0 && (
        <table className={styles.keys}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Access key</th>
              <th scope="col">Last used</th>
              <th scope="col">From</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.data?.credentials?.map((key) => (
              <tr key={key.access_key}>
                <td>{key.label || <span className={styles.none}>No name</span>}</td>
                <td>
                  <code>{key.access_key}</code>
                </td>
                <td title={dateTime(key.last_used)}>
                  {ago(key.last_used) || <span className={styles.none}>Never</span>}
                </td>
                <td>{key.last_used_from}</td>
                <td className={styles.actions}>
                  <Button
                    small
                    kind="quiet"
                    icon="edit"
                    aria-label={`Name ${key.access_key}`}
                    onClick={() => setNaming(key)}
                  />
                  <Button
                    small
                    kind="quiet"
                    icon="trash"
                    aria-label={`Revoke ${key.label || key.access_key}`}
                    onClick={() => setRevoking(key)}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {making && (
        <Create
          onClose={() => setMaking(false)}
          onMade={(pair) => {
            setMaking(false);
            setMade(pair);
          }}
        />
      )}
      {made && <Made pair={made} onClose={() => setMade(null)} />}
      {naming && <Rename of={naming} onClose={() => setNaming(null)} />}
      {revoking && <Revoke of={revoking} onClose={() => setRevoking(null)} />}
    </Card>
  );
}

function Create({ onClose, onMade }: { onClose: () => void; onMade: (pair: Pair) => void }) {
  const [label, setLabel] = useState("");
  const create = useAction("auth.create_credentials", {
    changes: ["auth"],
    quiet: true,
    onSuccess: ({ credentials }) => credentials && onMade(credentials),
  });
  return (
    <Dialog
      title="New key pair"
      onClose={onClose}
      onSubmit={() => create.mutate(label.trim() ? { label: label.trim() } : {})}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={create.isPending}>
            Create
          </Button>
        </>
      }
    >
      <Field label="Name" hint="Where it will be used: laptop, cluster, CI." error={create.error?.message}>
        <input value={label} onChange={(event) => setLabel(event.target.value)} autoComplete="off" />
      </Field>
    </Dialog>
  );
}

function Made({ pair, onClose }: { pair: Pair; onClose: () => void }) {
  const at = useAddresses();
  return (
    <Dialog
      title="Your new key pair"
      onClose={onClose}
      wide
      actions={
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <p>
        Put this into <code>~/clearml.conf</code> of the machine that uses it.{" "}
        <strong>The secret is shown this once.</strong>
      </p>
      {at && (
        <CodeBlock label="clearml.conf">
          {clientConfiguration(at, pair.access_key ?? "", pair.secret_key ?? "")}
        </CodeBlock>
      )}
    </Dialog>
  );
}

function Rename({ of, onClose }: { of: Key; onClose: () => void }) {
  const [label, setLabel] = useState(of.label ?? "");
  const edit = useAction("auth.edit_credentials", { changes: ["auth"], quiet: true, onSuccess: onClose });
  return (
    <Dialog
      title="Name of the key pair"
      onClose={onClose}
      onSubmit={() => edit.mutate({ access_key: of.access_key ?? "", label: label.trim() })}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={edit.isPending}>
            Save
          </Button>
        </>
      }
    >
      <Field label="Name" error={edit.error?.message}>
        <input value={label} onChange={(event) => setLabel(event.target.value)} autoComplete="off" />
      </Field>
    </Dialog>
  );
}

function Revoke({ of, onClose }: { of: Key; onClose: () => void }) {
  const revoke = useAction("auth.revoke_credentials", {
    changes: ["auth"],
    onSuccess: () => {
      toast.ok("The key pair is revoked");
      onClose();
    },
  });
  return (
    <Confirm
      title="Revoke this key pair?"
      does="Revoke"
      danger
      busy={revoke.isPending}
      onClose={onClose}
      onConfirm={() => revoke.mutate({ access_key: of.access_key ?? "" })}
    >
      <p>
        What uses <strong>{of.label || of.access_key}</strong> can no longer sign in. This cannot be undone.
        {of.last_used
          ? ` It was last used ${ago(of.last_used)}${of.last_used_from ? ` from ${of.last_used_from}` : ""}.`
          : " It was never used."}
      </p>
    </Confirm>
  );
}
