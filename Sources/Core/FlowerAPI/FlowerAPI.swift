// FlowerAPI
