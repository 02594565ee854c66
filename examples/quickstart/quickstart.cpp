// SPDX-License-Identifier: Apache-2.0
// Trains a small net on digits that Minnow draws, saves it, loads it again and evaluates it.
#include <cstdio>
#include <minnow/minnow.hpp>

int main() {
  minnow::Dataset train = minnow::make_digits(6000, /*seed=*/1);
  minnow::Dataset validation = train.split_last(1000);

  minnow::Model model(minnow::make_mlp(train.features(), {64}, train.classes(), minnow::parse_activation("relu"), 0),
                      /*seed=*/1);
  minnow::Training training;
  training.epochs = 3;
  minnow::Trainer trainer(training);
  const minnow::RunResult result = trainer.fit(model, train, validation);
  for (const minnow::EpochRecord& epoch : result.history)
    std::printf("epoch %d: loss %.4f, validation accuracy %.2f %%\n", epoch.epoch, epoch.train.loss,
                100 * epoch.validation.accuracy);

  model.save("quickstart.safetensors");
  const minnow::Model loaded = minnow::Model::load("quickstart.safetensors");
  const minnow::Metrics metrics = minnow::evaluate(loaded, validation, training.loss);
  std::printf("loaded again: validation accuracy %.2f %%\n", 100 * metrics.accuracy);
  return metrics.accuracy > 0.8 ? 0 : 1;
}
